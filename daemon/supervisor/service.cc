#include "supervisor/service.h"

#include "base/log.h"
#include "core/exit_code.h"

namespace lastcall::supervisor {
namespace {

constexpr Duration kLastReap = milliseconds(100);  // a killed worker is gone in a few; in D state it would keep us for ever

constexpr Duration kHurry = seconds(2);  // G156: what Fly.io leaves between its second signal and the kill

// A reader who takes nothing of the child's lines for so long while we were asked to stop is stuck: the child must not wait for it.
constexpr Duration kStuckReader = milliseconds(250);

std::unique_ptr<OutputRelay> make_relay(io::Loop& loop, ServiceSetup& setup, std::function<void()> on_settled) {
  if (setup.settings.output == config::OutputMode::pass && setup.settings.ready.log.empty()) return nullptr;
  return std::make_unique<OutputRelay>(loop, std::move(setup.output), std::move(on_settled));
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
      jobs_(loop, [this](const core::JobLedger::Lost& lost) { recorder_.job_lost(lost, loop_.now()); }, [this] { update(); }),
      processes_(loop, [this](auto) { after_deaths(); }),
      output_(make_relay(loop, setup, [this] { conclude(); })),
      workers_(loop, processes_, std::move(setup.workers), *this),
      logs_(loop, settings_, workers_),
      instances_(loop, processes_, workers_, recorder_, make_instance_plan(settings_, setup.budget, setup.child, output_.get()), std::move(setup.endpoints), *this),
      hooks_(loop, processes_, {settings_, sequence_, recorder_, instances_, setup.child, [this] { update(); }}),
      signals_(loop, SignalPolicy(setup.inherited, settings_.signals, settings_.term_confirms), instances_, *this),
      deadline_(loop, [this] { update(); }),
      last_lines_(loop, [this] { conclude(); }),
      leave_(loop, [this] { loop_.stop(); }) {}

int Service::run() {
  if (const Status opened = signals_.open(); !opened) {
    log_error("start_failed")("why", opened.error().message);
    return static_cast<int>(core::ExitCode::kernel_refused);
  }
  loop_.defer(*this);
  loop_.run();
  return *exit_code_;
}

// Twice: between the first and the second call the loop asks the kernel for signals, so that a stop which came before the child was
// spawned keeps it from ever being spawned (P29).
void Service::on_deferred() {
  if (sequence_.ending()) return;
  if (start_ == Start::asked) {
    start_ = Start::kernel_heard;
    loop_.defer(*this);
    return;
  }
  launch();
}

void Service::launch() {
  logs_.watch(workers_.access_log());
  if (const auto failure = instances_.start()) {
    log_error("child_not_started")("why", failure->message);
    return fail_to_start({failure->exit_code, "the child was not started"});
  }
  // The child has them now, and a copy of ours would keep pipes and sockets half open (P49). A next child would need them again.
  if (!instances_.restarts()) {
    passed_on_.clear();
    instances_.forget_inherited_descriptors();
  }
  if (settings_.no_proxy || launch_proxy()) instances_.await_ready();
  update();
}

bool Service::launch_proxy() {
  instances_.tell_workers();
  workers_.set_phase(sequence_.phase(), sequence_.deadlines());
  const Status started = workers_.start();
  if (started) return true;
  log_error("worker_not_started")("why", started.error().message);
  on_event(core::Event::workers_failed);
  return false;
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
  sequence_.on_facts(facts(), loop_.now());  // those of the last update may be older than the child
  sequence_.on_event(event, loop_.now());
  if (sequence_.ending()) jobs_.refuse_new();
  // A child that ended by itself is held up by no reader; one that is to end is, and whoever asks for the end wants it soon.
  const bool asked = event == core::Event::stop_requested || event == core::Event::escalated;
  if (output_ && sequence_.ending() && (asked || (!was_ending && sequence_.cause() != core::Cause::child_exited)))
    output_->service_ends(kStuckReader);
  if (!was_ending && sequence_.ending()) hooks_.on_end_begins();
  // Between two children there is nobody to stop (P30).
  const bool nobody_runs = !was_ending && sequence_.ending() && instances_.on_service_ending();
  if (nobody_runs && event != core::Event::main_exited) sequence_.on_event(core::Event::main_exited, loop_.now());
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
    instances_.update();
    hooks_.bury_orphans();
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
  observer_.on_state_changed();
}

void Service::take_actions() {
  for (;;) {
    while (const auto transition = sequence_.next_transition()) {
      recorder_.transition(*transition, sequence_);
      hooks_.on_transition(*transition);
    }
    const auto action = sequence_.next_action();
    if (!action) return;
    carry_out(*action);
    update_again_ = true;
  }
}

// The one way out.
void Service::carry_out(core::Action action) {
  switch (action) {
    case core::Action::announce_phase: return workers_.set_phase(sequence_.phase(), sequence_.deadlines());
    case core::Action::announce_ready: return announce_ready();
    case core::Action::stop_accepting:
      stop_accepting_ = true;
      listeners_.refuse_new();
      return workers_.stop_accepting();
    case core::Action::end_streams: return workers_.end_streams(sequence_.deadline());
    case core::Action::drop_finite: jobs_.drop_all(); name_the_dropped(); return workers_.drop_finite();
    case core::Action::seal:
      instances_.stop_asking();  // not before: who waits for a child that is being started again is in flight, too
      return instances_.seal();
    case core::Action::kill_unsealed: return workers_.kill_unsealed();
    case core::Action::run_drained_hooks: return hooks_.run_drained();
    case core::Action::run_cleanup_hooks: return hooks_.run_cleanup();
    case core::Action::run_exit_hooks: return hooks_.run_exit(decide().code);
    case core::Action::cut_hooks: return hooks_.cut();
    case core::Action::signal_child: return instances_.stop();
    case core::Action::signal_descendants: return instances_.signal_descendants();
    case core::Action::kill_child: return instances_.kill();
    case core::Action::finish_workers: finish_asked_ = true; return;
    case core::Action::kill_workers: return workers_.kill_all();
    case core::Action::exit: return take_last_lines();
  }
}

// The question goes out before the word that drops them, on the same channel; nobody waits for the answer.
void Service::name_the_dropped() {
  workers_.list_connections([this](const Connections& found) {
    for (const proto::ConnectionRow& row : found.rows)
      if (row.kind == proto::ConnectionRow::Kind::finite)
        recorder_.request_dropped({.peer = row.peer_text(), .request = row.request_text(), .age = milliseconds(static_cast<std::int64_t>(row.age_ms))},
                                  loop_.now());
  });
}

core::Facts Service::facts() const {
  core::Facts base;
  base.listeners_closed = !listeners_.open();
  base.child_gone = instances_.gone();
  base.jobs = jobs_.ledger().running();
  hooks_.add_to(base);
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
  recorder_.update_jobs(jobs_.ledger());
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
  std::size_t lost = 0;
  const std::size_t taken = listeners_.sweep_and_close([&](std::uint32_t listener, UniqueFd connection) {
    if (!workers_.hand_over(listener, std::move(connection))) ++lost;
  });
  if (lost > 0) log_warn("connections_lost")("count", lost)("why", "no worker lives to take them");
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

void Service::announce_ready() {
  instances_.tell_workers();
  std::string upstreams;
  for (const auto& each : instances_.all()) upstreams += (upstreams.empty() ? "" : ", ") + each->endpoint().upstream().to_string();
  recorder_.ready(listeners_.describe(), upstreams, instances_.living(), loop_.now());
}

// Once: what comes afterwards, an exit hook that fails for example, changes nothing any more.
const core::ExitDecision& Service::decide() {
  if (decision_) return *decision_;
  jobs_.drop_all();
  refresh_record();
  core::Outcome outcome;
  outcome.cause = sequence_.cause();
  outcome.killed = sequence_.killed() && instances_.started();
  outcome.ends = instances_.ends();
  outcome.custom = wanted_code_;
  outcome.dropped = recorder_.record().totals.dropped_finite + workers_.dropped_by_kill() + recorder_.record().jobs.lost();
  decision_ = core::remap(core::decide_exit(outcome), settings_.exit_codes);
  return *decision_;
}

// The children are gone; what they wrote is in their pipes and with us. Who reads has the rest of the grace for it.
void Service::take_last_lines() {
  if (!output_) return conclude();
  output_->finish();
  if (output_->settled()) return conclude();
  last_lines_.arm_at(sequence_.deadlines()->exit);
}

void Service::conclude() {
  if (exit_code_) return;
  last_lines_.disarm();
  if (output_) output_->give_up();
  const core::ExitDecision& decision = decide();
  refresh_record();
  if (!instances_.gone()) recorder_.not_killed(instances_.survivors(), loop_.now());
  if (listeners_.open()) close_listeners();
  instances_.tell_of_survivors();
  recorder_.ended(decision, loop_.now());
  exit_code_ = decision.code;
  leave_.arm_after(kLastReap);
  leave_when_alone();
}

void Service::leave_when_alone() {
  if (exit_code_ && !processes_.any_own()) loop_.stop();
}

void Service::after_deaths() {
  instances_.look_for_rest();
  leave_when_alone();
}

void Service::on_stop_signal(const io::SignalEvent& signal) {
  recorder_.stop_requested(signal, loop_.now());
  on_event(core::Event::stop_requested);
}

void Service::on_reopen() {
  reopen_logs([](const Status& done) {
    if (!done) log_warn("log_not_reopened")("why", done.error().message);
  });
}

void Service::request_stop(const core::StopRequest& request, std::optional<int> exit_code) {
  if (!wanted_code_) wanted_code_ = exit_code;
  recorder_.stop_requested(request, loop_.now());
  on_event(core::Event::stop_requested);
}

void Service::on_hurry() {
  log_warn("stop_confirmed")("left_ms", to_ms(kHurry))("why", "TERM after INT: this platform kills next");
  sequence_.shorten(kHurry, loop_.now());
  update();
}

void Service::on_escalation() {
  recorder_.escalated();
  on_event(core::Event::escalated);
}

void Service::on_workers_failed() {
  log_error("workers_failed")("why", "ten of them died within a minute");
  on_event(core::Event::workers_failed);
}

// What we kill is no crash, though it had no stop signal before.
void Service::on_child_crashed(const Instance& which) {
  if (!sequence_.killed()) hooks_.on_crash(which);
}

void Service::on_more_time_wanted(Duration from_now) {
  sequence_.extend_stop(from_now, loop_.now());
  update();
}

// The first one opens the doors: the others come while it serves.
void Service::on_child_ready(const Instance& which) {
  if (!sequence_.ending()) hooks_.on_ready(which);  // it has come only to answer who waited
  recorder_.child_ready(which.number(), which.process().pid(), which.was_ready());
  if (sequence_.phase() == core::Phase::starting) return on_event(core::Event::child_ready);
  instances_.tell_workers();
}

}  // namespace lastcall::supervisor
