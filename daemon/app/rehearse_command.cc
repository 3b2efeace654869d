#include "app/rehearse_command.h"

#include <unistd.h>

#include <csignal>

#include "app/stop_display.h"
#include "control/live_line.h"
#include "io/signals.h"
#include "os/log_writer.h"
#include "os/process_tree.h"
#include "os/reaper.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/report_json.h"
#include "rehearsal/report_text.h"

namespace lastcall::app {
namespace {

using rehearsal::Outcome;

constexpr Duration kRedraw = milliseconds(200);

config::Environment environment_of_process() {
  config::Environment all;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) all.emplace_back(*entry);
  return all;
}

RehearseResult could_not_run(const Error& error) {
  return {.exit_code = static_cast<int>(core::ExitCode::kernel_refused), .output = "", .errors = "lastcall: " + error.message + "\n"};
}

class Stage final : private rehearsal::Rehearsal::Owner {
 public:
  Stage(const CommandLine& command_line, const ProcessStart& start, io::Loop& loop, io::Poller& poller)
      : loop_(loop),
        options_(command_line.rehearse),
        screen_(Screen::look(command_line.settings)),
        rehearsal_(loop, poller,
                   {.settings = command_line.settings,
                    .options = options_,
                    .inherited = start.inherited,
                    .executable = start.executable.get(),
                    .environment = environment_of_process()},
                   *this),
        redraw_(loop, [this] { draw(); }) {
    start_log(command_line.settings, screen_);
  }

  Status run() {
    signals_ = TRY(io::Signals::open(loop_, os::blocked_signals(), [this](const io::SignalEvent& signal) { on_signal(signal); }));
    TRY(rehearsal_.start());
    if (screen_.live) draw();
    loop_.run();
    redraw_.disarm();
    if (screen_.live) control::show_live_line("");
    return {};
  }

  const Outcome& outcome() const { return rehearsal_.outcome(); }

 private:
  void on_signal(const io::SignalEvent& signal) {
    switch (signal.number) {
      case SIGCHLD: return rehearsal_.reap();
      case SIGHUP:
      case SIGINT:
      case SIGQUIT:
      case SIGTERM: return rehearsal_.interrupt(signal.number);
      default: return;
    }
  }

  // Where there is no live line to say it.
  void on_ready() override {
    if (options_.wait && !screen_.live) os::write_log("lastcall: " + rehearsal_.status() + "\n");
  }

  void on_words(const std::string& line) override {
    if (!options_.verbose) return;
    const std::string whole = line + "\n";
    screen_.live ? control::write_above_live_line(whole) : os::write_log(whole);
  }

  void on_rehearsal_ended() override { loop_.stop(); }

  void draw() {
    control::show_live_line(rehearsal_.status());
    redraw_.arm_after(kRedraw);
  }

  io::Loop& loop_;
  const rehearsal::RehearseOptions& options_;
  Screen screen_;
  std::unique_ptr<io::Signals> signals_;
  rehearsal::Rehearsal rehearsal_;
  io::CallbackTimer redraw_;
};

int exit_code_of(const Outcome& outcome) {
  if (outcome.interrupted != 0) return 128 + outcome.interrupted;
  // A command that ended well before it was ready is no success either.
  if (!outcome.ran) return outcome.exit_code == 0 ? 1 : outcome.exit_code;
  return outcome.judgement.passed ? 0 : 1;
}

}  // namespace

RehearseResult rehearse(const CommandLine& command_line, ProcessStart start) {
  if (!start.executable) return could_not_run({0, "its own executable can't be found, and without it there is nothing to rehearse with"});
  if (!os::proc_is_readable()) return could_not_run({0, "a rehearsal needs /proc, which is not mounted here"});
  io::Loop loop;
  auto poller = io::Poller::open(loop);
  if (!poller) return could_not_run(poller.error());
  // What a rehearsal that went wrong leaves behind comes to us.
  if (::getpid() != 1) (void)os::become_subreaper();
  Stage stage(command_line, start, loop, *poller.value());
  if (const Status status = stage.run(); !status) return could_not_run(status.error());

  const Outcome& outcome = stage.outcome();
  const std::vector<std::string>& command = command_line.settings.command;
  RehearseResult result{.exit_code = exit_code_of(outcome), .output = "", .errors = ""};
  if (command_line.rehearse.json) result.output = rehearsal::render_json(outcome, command);
  const bool failed = !outcome.ran || outcome.interrupted != 0;
  if (!command_line.rehearse.json || failed)
    (failed ? result.errors : result.output) += rehearsal::render_text(outcome, command, command_line.color);
  return result;
}

}  // namespace lastcall::app
