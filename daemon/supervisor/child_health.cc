#include "supervisor/child_health.h"

#include <algorithm>

#include <fmt/format.h>

namespace lastcall::supervisor {
namespace {

constexpr Duration kShortestWatchdog = milliseconds(100);  // as the option's; a child can't make us spin
constexpr Duration kReadyAnswer = seconds(5);              // of one attempt; the next one follows until ready.timeout

// A command of a probe is a stranger to the child's own channels: it can neither speak for it nor hold its descriptors open.
os::SpawnRequest probe_command(const HealthPlan& plan, const std::vector<std::string>& words) {
  os::SpawnRequest request = plan.child;
  request.argv = words;
  request.keep.clear();
  request.own_pid_variables.clear();
  return request;
}

ProbeQuestion ready_question(const HealthPlan& plan) {
  ProbeQuestion question{.target = plan.upstream, .http_path = plan.ready.http, .status = plan.ready.status, .timeout = kReadyAnswer,
                         .preface = plan.preface};
  if (!plan.ready.exec.empty()) question.command = probe_command(plan, plan.ready.exec);
  return question;
}

// Whatever says that it is ready: a child that is forwarded to must also take a connection, once.
ReadinessProbe::Options ready_options(const HealthPlan& plan) {
  ReadinessProbe::Options options{.timeout = plan.ready.timeout};
  if (plan.ready.notify) options.awaited_word = "READY=1";
  if (!plan.ready.log.empty()) options.awaited_word = "line that matches " + plan.ready.log;
  if (!plan.ready.exec.empty()) options.questions.push_back(ready_question(plan));
  if (plan.upstream.family() == AF_UNSPEC) return options;
  ProbeQuestion question = ready_question(plan);
  question.command.reset();
  options.questions.push_back(std::move(question));
  return options;
}

ProbeQuestion live_question(const HealthPlan& plan) {
  ProbeQuestion question{.target = plan.upstream, .http_path = plan.live.http, .status = plan.live.status, .timeout = plan.live.timeout,
                         .preface = plan.preface};
  if (!plan.live.exec.empty()) question.command = probe_command(plan, plan.live.exec);
  return question;
}

core::HealthOptions live_options(const config::LiveSettings& live) {
  return {.probes = live.asks(), .interval = live.interval, .rise = live.rise, .fall = live.fall, .watchdog = live.watchdog.value_or(kInfinite)};
}

}  // namespace

ChildHealth::ChildHealth(io::Loop& loop, ProcessTable& processes, HealthPlan plan, Owner& owner)
    : plan_(std::move(plan)),
      owner_(owner),
      readiness_(loop, processes, ready_options(plan_), *this),
      liveness_(loop, processes, live_options(plan_.live), live_question(plan_), *this) {
  if (!plan_.ready.notify && !plan_.live.watchdog) return;
  if (auto socket = os::NotifySocket::open())
    notify_.emplace(loop, processes, std::move(socket).value(), [this](const proto::NotifyMessage& message) { on_message(message); });
  else
    prepared_ = std::move(socket).error();
}

std::vector<std::string> ChildHealth::variables() const {
  if (!notify_) return {};
  std::vector<std::string> list{"NOTIFY_SOCKET=" + notify_->name()};
  if (plan_.live.watchdog) {
    list.push_back(fmt::format("WATCHDOG_USEC={}", duration_cast<microseconds>(*plan_.live.watchdog).count()));
    list.push_back("WATCHDOG_PID=");  // spawn writes the number
  }
  return list;
}

void ChildHealth::on_started(int main_pid) {
  main_pid_ = main_pid;
  status_.clear();
  told_of_refused_ = false;
  if (notify_) notify_->expect(main_pid);
}

void ChildHealth::await_ready() {
  // What was compiled when the settings were read can be compiled again.
  if (!plan_.ready.log.empty()) pattern_ = std::move(LinePattern::compile(plan_.ready.log)).value();
  readiness_.start();
}

void ChildHealth::on_held() {
  stop_asking();
  liveness_.rest();
  if (notify_) notify_->expect(0);
}

void ChildHealth::on_service_ending() {
  ending_ = true;
  liveness_.rest();
}

void ChildHealth::stop_asking() {
  readiness_.cancel();
  pattern_.reset();
}

void ChildHealth::on_output_line(std::string_view line) {
  if (!pattern_ || !pattern_->matches(line)) return;
  pattern_.reset();
  readiness_.on_word();
}

void ChildHealth::on_probe_ready() {
  if (!ending_) liveness_.start();
  owner_.on_healthy();
}

void ChildHealth::before_watchdog() {
  if (notify_) notify_->read_pending();
}

void ChildHealth::on_bad_answer(const std::string& answer, std::uint32_t in_a_row) {
  owner_.name(log_warn("probe_failed")("answer", answer)("bad_answers", in_a_row));
}

void ChildHealth::on_not_alive(core::HealthAction how, const std::string& last_answer) {
  const bool by_watchdog = how == core::HealthAction::watchdog_missed;
  owner_.on_not_alive({.why = by_watchdog ? "no WATCHDOG=1 in time" : last_answer, .by_watchdog = by_watchdog});
}

void ChildHealth::on_message(const proto::NotifyMessage& message) {
  if (message.status && *message.status != status_) {
    status_ = *message.status;
    owner_.name(log_debug("child_status")("status", status_));
    readiness_.note("its status: " + status_);
    owner_.on_status();
  }
  if (message.extend_timeout) {
    readiness_.extend(*message.extend_timeout);
    owner_.on_more_time_wanted(*message.extend_timeout);
  }
  if (message.watchdog_time) liveness_.on_watchdog_changed(std::max(*message.watchdog_time, kShortestWatchdog));
  if (message.watchdog) liveness_.on_sign_of_life();
  if (message.stopping) owner_.name(log_info("child_stopping")("status", status_));
  tell_of_refused(message);
  // The last two: they may begin another life.
  if (message.ready && plan_.ready.notify) readiness_.on_word();
  if (message.watchdog_trigger) liveness_.on_watchdog_tripped();
}

Status ChildHealth::report_ready() {
  if (!plan_.ready.notify)
    return Error{EINVAL, "lastcall finds out by itself when this command is ready; set ready.notify to let the command say so"};
  readiness_.on_word();
  return {};
}

// Once for each child: it will go on doing so.
void ChildHealth::tell_of_refused(const proto::NotifyMessage& message) {
  const char* why = nullptr;
  if (message.fd_store) why = "FDSTORE: descriptors are not kept for the next child, they were closed";
  if (message.main_pid && *message.main_pid != main_pid_) why = "MAINPID: the main process is the one that lastcall started";
  if (why == nullptr || told_of_refused_) return;
  told_of_refused_ = true;
  owner_.name(log_warn("notification_ignored")("why", why));
}

}  // namespace lastcall::supervisor
