#include "app/stop_display.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "control/drain_report.h"
#include "control/live_line.h"
#include "control/report_json.h"
#include "os/log_writer.h"
#include "os/pidfd.h"
#include "os/replace_file.h"
#include "os/terminal.h"

namespace lastcall::app {
namespace {

constexpr int kScreen = 2;
constexpr Duration kWorthALine = milliseconds(150);  // a stop that is over by then needs no progress line; it would only flicker

constexpr Duration kLookForForeground = milliseconds(200);

bool variable_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

bool understands_colors() {
  const char* kind = std::getenv("TERM");
  return kind != nullptr && std::string_view(kind) != "dumb" && !variable_set("NO_COLOR");
}

control::LiveStyle style_of(const Screen& screen) {
  return {.width = os::window_width(kScreen), .color = screen.color, .interrupt_hint = screen.live && os::in_foreground(kScreen)};
}

}  // namespace

Screen Screen::look(const config::Settings& settings) {
  const bool terminal = os::is_terminal(kScreen) && settings.log_format == LogFormat::text && settings.log_file == "-";
  const char* kind = std::getenv("TERM");
  const bool understands = kind != nullptr && std::string_view(kind) != "dumb";
  return {.color = terminal && understands && !variable_set("NO_COLOR"), .live = terminal && understands};
}

void start_log(const config::Settings& settings, const Screen& screen, int fd) {
  os::open_log_writer(fd);
  if (screen.live) control::open_live_line(os::write_log, os::window_height(kScreen));
  LogSettings log;
  log.level = settings.log_level;
  log.format = settings.log_format;
  log.color = screen.color;
  log.writer = screen.live ? control::write_above_live_line : os::write_log;
  configure_log(log);
}

supervisor::OutputOptions output_options(const config::Settings& settings, const Screen& screen) {
  supervisor::OutputOptions options{.mode = settings.output};
  for (const int fd : {1, 2}) options.color[static_cast<std::size_t>(fd - 1)] = os::is_terminal(fd) && understands_colors();
  if (screen.live) options.before_write = control::take_live_line_away;
  return options;
}

StopDisplay::StopDisplay(io::Loop& loop, const config::Settings& settings, const Screen& screen)
    : loop_(loop), settings_(settings), screen_(screen), progress_(screen.live, style_of(screen)), redraw_(loop, [this] { draw(); }) {}

void StopDisplay::on_record_changed() {
  const TimePoint first = *service_->record().t0 + kWorthALine;
  loop_.now() < first ? redraw_.arm_at(first) : draw();
}

// After `&` or `bg` the last row is the shell's. Nobody tells us of an `fg` that follows: only the terminal knows.
bool StopDisplay::at_work_elsewhere() const {
  const int group = screen_.live ? os::foreground_group(kScreen) : -1;
  if (group <= 0 || os::in_foreground(kScreen) || !os::send_signal_to_group(group, 0)) return false;  // ours, or of nobody who lives
  const auto copies = service_->instances();
  return std::ranges::none_of(copies, [&](const supervisor::InstanceFacts& each) { return each.pid == group; });
}

void StopDisplay::draw() {
  if (at_work_elsewhere()) {
    control::show_live_line("");
    return redraw_.arm_after(kLookForForeground);
  }
  progress_.on_time(service_->record(), loop_.now());
  redraw_.arm_at(progress_.deadline());
}

void StopDisplay::on_window_resized() {
  progress_.set_width(os::window_width(kScreen));
  if (screen_.live) control::resize_live_line(os::window_height(kScreen));
}

// Not by end(): what is left is shown again once we go on.
void StopDisplay::on_suspending() {
  if (screen_.live) control::show_live_line("");
}

// What the shell and others did to the terminal meanwhile we can't know, nor whether its size is the same.
void StopDisplay::on_resumed() {
  if (!screen_.live) return;
  on_window_resized();
  if (service_->record().t0) on_record_changed();
}

void StopDisplay::report() {
  progress_.end();
  const core::ShutdownRecord& record = service_->record();
  if (!settings_.report.empty() && record.t0)
    if (const Status written = os::replace_file(settings_.report, control::report_json(record)); !written)
      log_error("report_not_written")("why", written.error().message);
  // Without a proxy, a command that simply ended leaves nothing to report but its exit code.
  const bool just_ended = settings_.no_proxy && record.cause == core::Cause::child_exited;
  if (just_ended || !log_enabled(LogLevel::info)) return;
  if (settings_.log_format == LogFormat::json) return control::log_report(record);
  if (const std::string text = control::render_report(record, screen_.color); !text.empty()) os::write_log(text);
}

}  // namespace lastcall::app
