#include "supervisor/service.h"

#include <algorithm>
#include <csignal>

#include "base/log.h"
#include "core/exit_code.h"
#include "os/signal_name.h"
#include "supervisor/wrong_port_hint.h"

namespace lastcall::supervisor {
namespace {

constexpr Duration kPortHintAfter = seconds(5);  // a server that listens at all does so by then, or is slow on purpose

constexpr Duration kClearTime = seconds(10);  // at most, for what a dead child left behind, before the next one starts

constexpr Duration kLastReap = milliseconds(100);  // a killed worker is gone in a few; in D state it would keep us for ever

os::SpawnRequest child_request(const ServiceSetup& setup, const ChildEndpoint& endpoint) {
  os::SpawnRequest request = setup.child;
  request.argv = endpoint.command();
  request.env = endpoint.environment();
  return request;
}

std::vector<core::StopStep> stop_steps(const config::Settings& settings) {
  if (!settings.stop_steps.empty()) return settings.stop_steps;
  return {{.signal = settings.stop_signal, .time = kInfinite}};
}

ChildKeeper::Options keeper_options(const ServiceSetup& setup) {
  return {.restart = setup.settings.restart,
          .clear_time = std::min(setup.budget.stop, kClearTime),
          .stop_signal = stop_steps(setup.settings).front().signal};
}

}  // namespace

Service::Service(io::Loop& loop, ServiceSetup setup, ServiceObserver& observer)
    : loop_(loop),
      settings_(setup.settings),
      passed_on_(std::move(setup.passed_on)),
      observer_(observer),
      listeners_(setup.listeners),
      sequence_(setup.budget),
      recorder_(setup.started, !setup.settings.no_proxy),
      policy_(setup.inherited, settings_.signals),
      endpoint_(std::move(setup.endpoint)),
      child_(loop, child_request(setup, endpoint_), [this] { return workers_.pids(); }, [this] { update(); }),
      keeper_(loop, keeper_options(setup), child_, endpoint_, *this),
      workers_(loop, std::move(setup.workers), *this),
      job_control_(child_, child_.has_terminal()),
      probe_(loop, {.question = {endpoint_.upstream(), settings_.ready.http}, .timeout = settings_.ready.timeout}, *this),
      stop_steps_(stop_steps(settings_)),
      next_step_(loop, [this] { take_stop_steps(); }),
      deadline_(loop, [this] { update(); }),
      port_hint_(loop, [this] { hint_at_port(); }),
      leave_(loop, [this] { loop_.stop(); }) {}

int Service::run() {
  auto signals = io::Signals::open(loop_, os::blocked_signals(), [this](const io::SignalEvent& signal) { on_signal(signal); });
  if (!signals) {
    log_error("start_failed")("why", signals.error().message);
    return static_cast<int>(core::ExitCode::kernel_refused);
  }
  signals_ = std::move(signals).value();
  loop_.defer(*this);
  loop_.run();
  return *exit_code_;
}

// Twice: between the first and the second call the loop asks the kernel for signals, so that a stop which came before the child was
// spawned keeps it from ever being spawned (P29).
void Service::on_deferred() {
  if (start_ == Start::done) return reap();
  if (sequence_.ending()) return;
  if (start_ == Start::asked) {
    start_ = Start::kernel_heard;
    loop_.defer(*this);
    return;
  }
  start_ = Start::done;
  launch();
}

void Service::launch() {
  if (const auto failure = keeper_.start()) {
    log_error("child_not_started")("why", failure->message);
    return fail_to_start({failure->exit_code, "the child was not started"});
  }
  recorder_.child_started(child_.pid());
  // The child has them now, and a copy of ours would keep pipes and sockets half open (P49). A next child would need them again.
  if (!keeper_.restarts()) passed_on_.clear();
  settings_.no_proxy ? on_child_ready() : launch_proxy();
}

void Service::launch_proxy() {
  workers_.set_upstream(endpoint_.upstream(), proto::InstanceState::starting);
  workers_.set_phase(sequence_.phase(), sequence_.deadlines());
  if (const Status started = workers_.start(); !started) {
    log_error("worker_not_started")("why", started.error().message);
    return on_event(core::Event::workers_failed);
  }
  probe_.start();
  port_hint_.arm_after(kPortHintAfter);
}

// Nothing ran yet: there is nothing to stop in order.
void Service::fail_to_start(core::ExitDecision decision) {
  decision = core::remap(std::move(decision), settings_.exit_codes);
  listeners_.close();
  recorder_.ended(decision, loop_.now());
  exit_code_ = decision.code;
  loop_.stop();
}

// The one way in.
void Service::on_event(core::Event event) {
  loop_.refresh();  // what led here may have read half of /proc
  const bool was_ending = sequence_.ending();
  sequence_.on_event(event, loop_.now());
  // Between two children there is nobody to stop (P30).
  if (!was_ending && sequence_.ending() && keeper_.on_service_ending()) sequence_.on_event(core::Event::main_exited, loop_.now());
  update();
}

// Everything that changed: told to the sequence, its answers carried out, its next deadline armed. What an action changes at once is
// told in another round, never from within.
void Service::update() {
  if (updating_) {
    update_again_ = true;
    return;
  }
  updating_ = true;
  do {
    update_again_ = false;
    keeper_.update();
    close_listeners_when_workers_did();
    let_workers_finish();
    refresh_record();
    take_actions();
    sequence_.on_facts(facts(), loop_.now());
    take_actions();
  } while (update_again_);
  updating_ = false;
  deadline_.arm_at(exit_code_ ? kNever : sequence_.deadline());
  if (sequence_.ending()) observer_.on_record_changed();
}

void Service::take_actions() {
  for (;;) {
    while (const auto transition = sequence_.next_transition()) recorder_.transition(*transition, sequence_);
    const auto action = sequence_.next_action();
    if (!action) return;
    carry_out(*action);
    update_again_ = true;
  }
}

// The one way out.
void Service::carry_out(core::Action action) {
  const TimePoint now = loop_.now();
  switch (action) {
    case core::Action::announce_phase: return workers_.set_phase(sequence_.phase(), sequence_.deadlines());
    case core::Action::announce_ready: return announce_ready();
    case core::Action::stop_accepting:
      probe_.cancel();
      port_hint_.disarm();
      stop_accepting_ = true;
      listeners_.refuse_new();
      return workers_.stop_accepting();
    case core::Action::end_streams: return workers_.end_streams(sequence_.deadline());
    case core::Action::drop_finite: return workers_.drop_finite();
    case core::Action::seal: return workers_.seal();
    case core::Action::kill_unsealed: return workers_.kill_unsealed();
    case core::Action::signal_child:
      stop_steps_.start(now);
      return take_stop_steps();
    case core::Action::signal_descendants: return recorder_.descendants_signalled(child_.signal_descendants(), now);
    case core::Action::kill_child: return kill_child();
    case core::Action::finish_workers: finish_asked_ = true; return;
    case core::Action::kill_workers: return workers_.kill_all();
    case core::Action::exit: return conclude();
  }
}

core::Facts Service::facts() const {
  core::Facts base;
  base.listeners_closed = !listeners_.open();
  base.child_gone = child_.gone();
  core::Facts merged = workers_.ledger().facts(base);
  // Who has said so leaves within a millisecond; nothing of ours shall outlive us.
  merged.workers_finished = merged.workers_finished && workers_.pids().empty();
  return merged;
}

void Service::refresh_record() {
  const core::Census now = workers_.ledger().total();
  recorder_.update({.finite = now.finite + now.waiting,
                    .streams = now.streams,
                    .idle = now.idle,
                    .waiting = now.waiting,
                    .oldest_ms = now.oldest_ms},
                   workers_.totals(), workers_.restarts());
}

const core::ShutdownRecord& Service::record() {
  refresh_record();
  return recorder_.record();
}

// Workers first, we last: what is still in the queues goes to a worker, and the sockets close in the same turn.
void Service::close_listeners_when_workers_did() {
  if (stop_accepting_ && listeners_.open() && workers_.ledger().all_stopped_accepting()) close_listeners();
}

void Service::close_listeners() {
  const std::size_t taken = listeners_.sweep_and_close([this](std::uint32_t listener, UniqueFd connection) {
    if (!workers_.hand_over(listener, std::move(connection))) log_warn("connection_lost")("why", "no worker lives to take it");
  });
  // The workers' last census does not know these connections: a new version makes it too old to prove that nothing is left.
  if (taken > 0) workers_.set_phase(sequence_.phase(), sequence_.deadlines());
  recorder_.listener_closed(workers_.swept() + taken, loop_.now());
}

// Not before the queues are empty: where the child ended at once, their connections have yet to be told so.
void Service::let_workers_finish() {
  if (!finish_asked_ || listeners_.open()) return;
  finish_asked_ = false;
  // A little before we would kill them: a worker that drops what is left counts it, one that is killed only loses it.
  const TimePoint last = sequence_.deadline();
  workers_.finish(last == kNever ? last : last - sequence_.budget().kill_reserve / 2);
}

// One after the other to the main process; what it left behind is none of theirs.
void Service::take_stop_steps() {
  loop_.refresh();
  while (const auto signal = stop_steps_.next_signal(loop_.now())) {
    if (!child_.stop(*signal)) return stop_steps_.end();
    recorder_.child_signalled(*signal, loop_.now());
  }
  next_step_.arm_at(stop_steps_.deadline());
}

void Service::kill_child() {
  stop_steps_.end();
  next_step_.disarm();
  if (child_.gone()) return;
  recorder_.child_killed(loop_.now());
  child_.kill_all();
}

void Service::announce_ready() {
  if (!settings_.no_proxy) workers_.set_upstream(endpoint_.upstream(), proto::InstanceState::ready);
  recorder_.ready(listeners_.describe(), endpoint_.upstream().to_string(), loop_.now());
}

void Service::conclude() {
  refresh_record();
  core::Outcome outcome;
  outcome.cause = sequence_.cause();
  outcome.killed = sequence_.killed() && child_.started();
  outcome.child = recorder_.record().child.end;
  outcome.gave_up = keeper_.gave_up();
  outcome.stop_signals = {stop_steps_.sent().begin(), stop_steps_.sent().end()};
  outcome.dropped = recorder_.record().totals.dropped_finite + workers_.dropped_by_kill();
  if (!child_.gone()) recorder_.not_killed(child_.survivors(), loop_.now());
  const core::ExitDecision decision = core::remap(core::decide_exit(outcome), settings_.exit_codes);
  if (listeners_.open()) close_listeners();
  if (!child_.gone()) log_error("child_survived")("child_pid", child_.pid())("why", "not even SIGKILL ended it: frozen, or stuck in the kernel");
  recorder_.ended(decision, loop_.now());
  exit_code_ = decision.code;
  leave_.arm_after(kLastReap);
  leave_when_alone();
}

void Service::leave_when_alone() {
  if (exit_code_ && workers_.pids().empty()) loop_.stop();
}

void Service::on_signal(const io::SignalEvent& signal) {
  const SignalPolicy::Situation situation{sequence_.ending(), job_control_.terminal_lost(), loop_.now()};
  switch (policy_.judge(signal, situation)) {
    case Meaning::stop:
      recorder_.stop_requested(signal, loop_.now());
      return on_event(core::Event::stop_requested);
    case Meaning::escalate:
      recorder_.escalated();
      return on_event(core::Event::escalated);
    case Meaning::forward:
      if (signal.number == SIGWINCH) observer_.on_window_resized();
      child_.forward(policy_.for_child(signal.number), signal.code == SI_QUEUE ? std::optional(signal.value) : std::nullopt);
      return;
    case Meaning::suspend: return job_control_.on_suspend();
    case Meaning::resume: return job_control_.on_resume();
    case Meaning::child_changed: return on_child_signal(signal);
    case Meaning::nothing: log_debug("signal_ignored")("signal", os::signal_name(signal.number)); return;
  }
}

void Service::on_child_signal(const io::SignalEvent& signal) {
  if (signal.code == CLD_STOPPED && signal.sender_pid == child_.pid()) job_control_.on_child_stopped(signal.status);
  reap();
}

void Service::reap() {
  bool main_exited = false;
  const std::size_t count = os::reap(os::kReapLimit, [&](const os::Reaped& reaped) {
    if (workers_.on_reaped(reaped)) return;
    main_exited |= child_.on_reaped(reaped);
  });
  if (count == os::kReapLimit) loop_.defer(*this);  // a burst: the rest after everybody else had a turn (P20)
  if (main_exited) {
    recorder_.child_exited(*child_.exit(), loop_.now());
    keeper_.on_exited();
  }
  if (count > 0) child_.look_for_rest();
  leave_when_alone();
}

void Service::on_workers_failed() {
  log_error("workers_failed")("why", "ten of them died within a minute");
  on_event(core::Event::workers_failed);
}

void Service::on_probe_ready() {
  port_hint_.disarm();
  on_child_ready();
}

void Service::on_child_ready() {
  keeper_.on_ready();
  if (sequence_.phase() == core::Phase::starting) return on_event(core::Event::child_ready);
  if (!settings_.no_proxy) workers_.set_upstream(endpoint_.upstream(), proto::InstanceState::ready);
  log_info("ready_again")("child_pid", child_.pid());
}

// No new request to it; the workers stop accepting, and new connections wait in the queues of the listeners.
void Service::on_child_held() {
  probe_.cancel();
  port_hint_.disarm();
  if (!settings_.no_proxy) workers_.set_upstream(endpoint_.upstream(), proto::InstanceState::starting);
}

void Service::on_child_started() {
  recorder_.child_started(child_.pid());
  settings_.no_proxy ? on_child_ready() : probe_.start();
  update();  // the sequence must not believe for longer that nothing of the child's is left
}

void Service::on_child_ended(std::optional<int> exec_failure) {
  stop_steps_.end();  // not before: the next child would have none
  next_step_.disarm();
  if (exec_failure) recorder_.child_exited({.signaled = false, .value = *exec_failure}, loop_.now());
  on_event(core::Event::main_exited);
}

void Service::on_probe_timeout(const std::string& last_answer) {
  log_error("child_not_ready")("upstream", endpoint_.upstream().to_string())("waited_ms", to_ms(settings_.ready.timeout))(
      "last_answer", last_answer);
  hint_at_port();
  keeper_.restarts() ? keeper_.on_unhealthy() : on_event(core::Event::child_not_ready);
}

void Service::hint_at_port() {
  const auto hint = wrong_port_hint(endpoint_.upstream(), endpoint_.assigned_port(), child_.processes());
  if (hint) log_warn("wrong_port")("hint", *hint);
}

}  // namespace lastcall::supervisor
