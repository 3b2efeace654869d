#include "rehearsal/run.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "base/people_text.h"
#include "os/clock.h"
#include "os/process_tree.h"
#include "os/signal_name.h"

namespace lastcall::rehearsal {
namespace {

constexpr std::size_t kWords = 20;         // lines of the command's that are kept for a failure
constexpr std::size_t kWordsLength = 400;  // of each
constexpr std::size_t kComplaints = 20;
constexpr Duration kPatience = seconds(5);       // beyond the grace: lastcall itself hangs, which it promises not to
constexpr Duration kEndless = seconds(60);       // where the grace has no end
constexpr Duration kSettle = milliseconds(100);  // answers and ends that the kernel already holds for our clients

int first_stop_signal(const config::Settings& settings) {
  return settings.stop_steps.empty() ? settings.stop_signal : settings.stop_steps.front().signal;
}

}  // namespace

Run::Run(io::Loop& loop, io::Poller& poller, RunPlan plan, const Surroundings& around, Owner& owner)
    : loop_(loop),
      poller_(poller),
      plan_(std::move(plan)),
      around_(around),
      owner_(owner),
      serving_(loop,
               [this] {
                 served_long_enough_ = true;
                 stop_when_enough();
               }),
      guard_(loop,
             [this] {
               figures_.outlived_limit = stage_ == Stage::stopping;
               gave_up_ = stage_ == Stage::starting;
               abort();
               abort();
             }),
      settling_(loop, [this] { end(); }) {}

Status Run::start() {
  started_ = os::now();
  inner_ = TRY(InnerProcess::start(loop_,
                                   {.executable = around_.executable,
                                    .inherited = around_.inherited,
                                    .settings = plan_.settings,
                                    .environment = around_.environment},
                                   *this));
  // A bare init does not know what ready means. The lastcall inside gives up by itself; the rest is for words of it that got lost.
  const Duration own_limit = plan_.wrapped ? kPatience : Duration::zero();
  guard_.arm_at(after(after(loop_.now(), plan_.settings.ready.timeout), own_limit));
  return {};
}

void Run::on_event(const LogEvent& event) {
  if (event.level == "error" || event.level == "warning") complain(event);
  if (plan_.wrapped && (event.name == "ready" || event.name == "instance_ready")) return copy_ready(event);
  if (event.name == "wrong_port" && stage_ == Stage::starting) {  // waiting on would not change it
    gave_up_ = true;
    return abort();
  }
  if (event.name == "exit") figures_.exit_reason = event.text("reason");
  if (event.name == "report") figures_.report = event.fields;
  on_child_event(event);
}

// lastcall serves as soon as one copy does; the rehearsal waits for all, or it would rehearse another service.
void Run::copy_ready(const LogEvent& event) {
  if (event.name == "ready") {
    const std::string all = event.text("upstream");
    upstream_ = all.substr(0, all.find(','));
    if (plan_.settings.instances > 1) return;  // each of them has a line of its own
  }
  if (++ready_copies_ == plan_.settings.instances) become_ready(os::now() - started_, upstream_);
}

void Run::on_child_event(const LogEvent& event) {
  if (event.name == "child_started") copies_[static_cast<int>(event.number("child_pid"))];
  if (event.name == "child_started" && !plan_.wrapped && plan_.server) {
    const bool asked = !plan_.ready_http.empty();
    ready_poll_ = std::make_unique<ReadyPoll>(loop_, poller_, *plan_.server, asked ? plan_.ready_http : around_.options.path, asked,
                                              [this] { become_ready(os::now() - started_, ""); });
    ready_poll_->start();
  }
  if (event.name == "child_restarting" && stage_ == Stage::serving) ++figures_.restarts;
}

// What /proc can tell of them only as long as they live.
void Run::look_at_copies() {
  const int signal = first_stop_signal(plan_.settings);
  for (auto& [pid, copy] : copies_) copy = {os::signal_disposition(pid, signal), os::program_of(pid)};
}

void Run::take_report() {
  figures_.stop = parse_stop_report(inner_->report());
  if (!figures_.stop) return;
  for (const CopyEnd& each : figures_.stop->copies) figures_.left_behind += each.left_behind;
  const CopyEnd* worst = worst_of(figures_.stop->copies);
  if (worst == nullptr) return;
  figures_.manner = copies_[worst->pid].manner;
  figures_.program = copies_[worst->pid].program;
  figures_.stop_signal = worst->stop_signal;
  figures_.end = worst->end;
  figures_.stop_time = worst->stop_time;
  figures_.killed = worst->killed;
}

void Run::on_words(const std::string& line) {
  words_.push_back(line.substr(0, kWordsLength));
  if (words_.size() > kWords) words_.pop_front();
  owner_.on_run_words(line);
}

// In its own words, without the envelope.
void Run::complain(const LogEvent& event) {
  if (complaints_.size() == kComplaints) return;
  std::string text = event.name;
  for (const auto& [key, value] : event.fields) text += fmt::format(" {}={}", key, value);
  if (const std::string why = event.text("why"); !why.empty()) text = event.name + ": " + why;
  if (const std::string hint = event.text("hint"); !hint.empty()) text = event.name + ": " + hint;
  complaints_.push_back(std::move(text));
}

void Run::become_ready(Duration after, const std::string& upstream) {
  if (stage_ != Stage::starting) return;
  stage_ = Stage::serving;
  guard_.disarm();
  figures_.ready_after = after;
  const RehearseOptions& options = around_.options;
  owner_.on_run_ready();
  if (options.wait) return;
  if (plan_.server && options.load > 0) {
    load_ = std::make_unique<Load>(loop_, poller_, Load::Options{.server = *plan_.server, .path = options.path, .clients = options.load});
    load_->start();
  }
  const bool by_http = plan_.wrapped && plan_.server && !plan_.settings.tcp && plan_.settings.forward.proxy_send == config::ProxySend::off;
  if (const auto command = Address::parse(upstream); by_http && command) {
    idle_watch_ = std::make_unique<IdleWatch>(
        loop_, poller_,
        IdleWatch::Options{.command = command.value(), .path = options.path, .pool_idle = plan_.settings.timeouts.upstream_idle},
        // In a turn of its own: the stop ends the watch, which is still in this call.
        [this] {
          if (served_long_enough_) serving_.arm_after(Duration::zero());
        });
    idle_watch_->start();
  }
  serving_.arm_after(options.duration);
}

void Run::stop_when_enough() {
  if (served_long_enough_ && (!idle_watch_ || idle_watch_->done())) stop();
}

void Run::stop() {
  if (stage_ != Stage::serving) return;
  stage_ = Stage::stopping;
  serving_.disarm();
  figures_.stopped_by_us = true;
  if (idle_watch_) idle_figures_ = idle_watch_->figures();
  idle_watch_.reset();
  look_at_copies();
  if (load_) load_->begin_stop();
  t0_ = os::now();
  plan_.signal_everybody ? inner_->signal_everybody(plan_.signal) : inner_->signal(plan_.signal);
  guard_.arm_after(grace() == kInfinite ? kEndless : grace() + kPatience);
}

void Run::abort() {
  if (!inner_ || inner_->exit()) return;
  if (!std::exchange(aborted_, true)) {
    inner_->signal(SIGTERM);
    return;
  }
  os::signal_all({.root = inner_->pid()}, SIGKILL);
  inner_->signal(SIGKILL);
}

void Run::on_reaped(int pid, const os::ExitStatus& status) {
  if (!inner_ || pid != inner_->pid() || inner_->exit()) return;
  inner_->ended(status);
  take_report();
  guard_.disarm();
  serving_.disarm();
  ready_poll_.reset();
  figures_.exit_code = os::shell_code(status);
  if (figures_.stopped_by_us) figures_.total = os::now() - t0_;
  stage_ = Stage::settling;
  settling_.arm_after(load_ ? kSettle : Duration::zero());
}

void Run::end() {
  stage_ = Stage::ended;
  if (load_) {
    load_->give_up();
    figures_.before = load_->before();
    figures_.after = load_->after();
    figures_.in_flight_at_stop = load_->in_flight_at_stop();
  }
  owner_.on_run_ended();
}

std::string Run::status() const {
  const TimePoint now = loop_.now();
  const std::string answered = load_ ? fmt::format(", {} answered", counted(load_->before().answered, "request")) : "";
  switch (stage_) {
    case Stage::starting: return fmt::format("starting, {}", people_duration(now - started_));
    case Stage::serving:
      if (around_.options.wait)
        return fmt::format("ready on {}: your traffic now; Ctrl-C stops it", plan_.server ? plan_.server->to_string() : "no port");
      return fmt::format("serving{}{}", answered, served_long_enough_ ? ", watching an idle connection" : "");
    case Stage::stopping: return fmt::format("stopping, {} of {}", people_duration(now - t0_), people_duration(grace()));
    default: return "ended";
  }
}

}  // namespace lastcall::rehearsal
