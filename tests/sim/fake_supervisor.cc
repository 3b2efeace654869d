#include "fake_supervisor.h"

#include <algorithm>

namespace lastcall::sim {

using core::Action;
using core::Event;
using Kind = Message::Kind;

FakeSupervisor::FakeSupervisor(VirtualClock& clock, Dice& dice, const Plan& plan, const core::GraceBudget& budget, Checker& checker,
                               Flaw flaw)
    : clock_(clock),
      dice_(dice),
      plan_(plan),
      checker_(checker),
      flaw_(flaw),
      sequence_(budget),
      limits_{.drain = budget.drain, .stop = std::min(budget.stop, budget.stop_at_most)},
      hooks_(clock, dice, plan, [this] { tell_facts(); }),
      world_{clock, dice, plan, checker,
             [this](core::InstanceId id) { return copies_[id]->child->main_runs(); },
             [this](core::InstanceId id) { return copies_[id]->signalled; },
             [this] { return std::exchange(backlog_, 0); }} {
  base_.jobs = static_cast<std::uint64_t>(plan.jobs);
  for (int i = 0; i < plan.copies; ++i) {
    Copy& copy = *copies_.emplace_back(std::make_unique<Copy>());
    copy.id = static_cast<core::InstanceId>(i);
    copy.plan = plan;
    copy.plan.child_dies_after = plan.copies_die_after[static_cast<std::size_t>(i)];
    copy.retirement = core::InstanceRetirement(limits_);
  }
}

void FakeSupervisor::start() {
  for (int i = 0; i < plan_.workers; ++i) start_worker();
  for (auto& copy : copies_) start_copy(*copy);
  if (plan_.child_ready_after == kInfinite) clock_.in(seconds(60), [this] { event(Event::child_not_ready); });
  clock_.in(plan_.job_length, [this] { base_.jobs = 0; tell_facts(); });
  tell_facts();
}

void FakeSupervisor::start_worker() {
  const auto id = static_cast<core::WorkerId>(workers_.size() + 1);
  workers_.push_back(std::make_unique<FakeWorker>(world_, id, [this](core::WorkerId who, const Message& what) { hear(who, what); }));
  ledger_.worker_started(id);
  Link& inbox = workers_.back()->inbox();
  inbox.send({.kind = Kind::upstreams, .ready = ready()});
  for (const core::InstanceId copy : ledger_.seals_asked()) inbox.send({.kind = Kind::seal, .instance = copy});
  inbox.send({.kind = Kind::phase, .version = version_, .phase = phase()});
  if (plan_.workers_crash_always) clock_.in(milliseconds(300), [this, id] { kill(*workers_[id - 1]); });
}

FakeWorker* FakeSupervisor::any_worker() {
  if (workers_.empty()) return nullptr;
  FakeWorker* worker = workers_[static_cast<std::size_t>(dice_.number(0, static_cast<int>(workers_.size()) - 1))].get();
  return worker->alive() ? worker : nullptr;
}

void FakeSupervisor::arrive() {
  if (exited_) return;
  FakeWorker* worker = any_worker();
  if (worker != nullptr && worker->accepts() && worker->healthy())
    worker->connection();
  else if (!base_.listeners_closed)
    ++backlog_;  // until somebody accepts; once all are closed, refused
}

void FakeSupervisor::late_request() {
  if (FakeWorker* worker = any_worker()) worker->late_request();
}

void FakeSupervisor::event(Event event) {
  if (exited_) return;
  if (event == Event::main_exited && phase() < core::Phase::stopping) hooks_.begin(core::HookEvent::crashed, kNever);
  call([&] {
    checker_.on_event(event, phase(), clock_.now());
    sequence_.on_event(event, clock_.now());
    if (ending_ || !sequence_.ending()) return;
    ending_ = true;
    for (auto& copy : copies_) copy->ended = copy->ended || copy->child->main_reaped();  // between two of them
    const bool told = event == Event::main_exited || flaw_ == Flaw::signals_after_reap;
    if (all_ended() && !told) sequence_.on_event(Event::main_exited, clock_.now());
  });
}

void FakeSupervisor::tell_facts() {
  if (exited_) return;
  for (auto& copy : copies_) lead_away(*copy);
  base_.child_gone = std::ranges::all_of(copies_, [](const auto& copy) { return copy->gone; });
  core::Facts facts = ledger_.facts(base_);
  facts.drained_hooks = flaw_ == Flaw::ignores_hooks ? 0 : hooks_.plan().left(core::HookEvent::drained);
  facts.hooks = hooks_.plan().left_before_exit();
  facts.exit_hooks = hooks_.plan().left(core::HookEvent::exit);
  if (flaw_ == Flaw::cleans_up_early) facts.child_gone = std::ranges::all_of(copies_, [](const auto& copy) { return copy->child->main_reaped(); });
  if (flaw_ == Flaw::ignores_seal) facts.sealed = true;
  if (flaw_ == Flaw::ignores_census) facts.finite = facts.streams = facts.idle = 0;
  call([&] { sequence_.on_facts(facts, clock_.now()); });
}

// The one way into the sequence: afterwards it has to be content, and what it wants is carried out.
void FakeSupervisor::call(const std::function<void()>& into_sequence) {
  into_sequence();
  checker_.after_call(sequence_, clock_.now());
  bool acted = false;
  while (const auto action = sequence_.next_action()) {
    checker_.on_action(*action, truth(), clock_.now());
    carry_out(*action);
    acted = true;
  }
  arm();
  if (acted) tell_facts();  // an announcement has made what is known older than the last action
}

void FakeSupervisor::arm() {
  const TimePoint when = sequence_.deadline();
  if (when == kNever || exited_) return;
  Duration late = dice_.between(Duration::zero(), plan_.timer_lateness);
  if (flaw_ == Flaw::sleeps_through_deadline) late = seconds(1);
  if (flaw_ == Flaw::kills_early && phase() == core::Phase::stopping) late = milliseconds(-100);
  clock_.at(when + late, [this, when, mine = ++alarm_] {
    if (mine != alarm_ || exited_) return;
    call([&] { sequence_.on_time(std::max(when, clock_.now())); });
  });
}

void FakeSupervisor::carry_out(Action action) {
  switch (action) {
    case Action::announce_phase: return announce();
    case Action::announce_ready: return;  // the announcement of the phase has told the workers
    case Action::stop_accepting:
      replacing_ = flaw_ == Flaw::replaces_after_close;
      stopping_accept_ = true;
      tell_all({.kind = Kind::stop_accepting});
      return close_listeners_if_ready();
    case Action::end_streams: return tell_all({.kind = Kind::end_streams});
    case Action::drop_finite: return;
    case Action::seal:
      {
        std::vector<core::InstanceId> all;
        for (const auto& copy : copies_) all.push_back(copy->id);
        ledger_.all_seals_asked(all);
        for (const core::InstanceId id : all) tell_all({.kind = Kind::seal, .instance = id});
      }
      return;
    case Action::kill_unsealed:
      for (auto& worker : workers_)
        if (worker->alive() && !ledger_.sealed_all(worker->id())) kill(*worker);
      return;
    case Action::signal_child:
      for (auto& copy : copies_) stop(*copy);
      return;
    case Action::signal_descendants:
      for (auto& copy : copies_) copy->child->signal_descendants();
      return;
    case Action::kill_child:
      for (auto& copy : copies_) copy->child->kill();
      return;
    case Action::run_drained_hooks: return hooks_.begin(core::HookEvent::drained, sequence_.deadline());
    case Action::run_cleanup_hooks: return hooks_.begin(core::HookEvent::cleanup, sequence_.deadline());
    case Action::run_exit_hooks: return hooks_.begin(core::HookEvent::exit, sequence_.deadline());
    case Action::cut_hooks:
      if (flaw_ == Flaw::leaves_hooks) return;
      return phase() == core::Phase::exiting ? hooks_.cut_exit() : hooks_.cut();
    case Action::finish_workers: return tell_all({.kind = Kind::finish});
    case Action::kill_workers:
      for (auto& worker : workers_) worker->die();
      return;
    case Action::exit: exited_ = true; return;
  }
}

void FakeSupervisor::announce() {
  ++version_;
  tell_all({.kind = Kind::phase, .version = version_, .phase = phase()});
  ledger_.phase_sent(version_);
}

void FakeSupervisor::tell_all(Message message) {
  for (auto& worker : workers_)
    if (worker->alive()) worker->inbox().send(message);
}

void FakeSupervisor::kill(FakeWorker& worker) {
  if (!worker.alive()) return;
  worker.die();
  clock_.in(dice_.between(Duration::zero(), milliseconds(20)), [this, id = worker.id()] { worker_died(id); });
}

void FakeSupervisor::a_worker_dies() {
  if (FakeWorker* worker = any_worker()) kill(*worker);
}

// Not answering for five seconds means hung: killed and replaced (design.md 1.1).
void FakeSupervisor::a_worker_hangs() {
  FakeWorker* worker = any_worker();
  if (worker == nullptr) return;
  worker->hang();
  clock_.in(seconds(5), [this, worker] { kill(*worker); });
}

void FakeSupervisor::worker_died(core::WorkerId id) {
  if (exited_) return;
  ledger_.worker_died(id);
  counted_.erase(id);
  if (replacing_) {
    if (const auto when = respawn_.on_death(clock_.now()))
      clock_.at(*when, [this] { if (replacing_ && !exited_) start_worker(), tell_facts(); });
    else
      event(Event::workers_failed);
  }
  close_listeners_if_ready();
  tell_facts();
}

void FakeSupervisor::hear(core::WorkerId id, const Message& message) {
  if (exited_) return;
  switch (message.kind) {
    case Kind::census: ledger_.on_census(id, counted_[id] = message.census); break;
    case Kind::stopped_accepting: ledger_.on_stopped_accepting(id); break;
    case Kind::sealed: ledger_.on_sealed(id, message.instance); break;
    case Kind::finished: ledger_.on_finished(id); break;
    default: break;
  }
  close_listeners_if_ready();
  tell_facts();
}

// Workers first, the supervisor last: it sweeps what is left, hands it over, and closes in the same turn (design.md 1.1). The heir's last
// census may not know of these connections yet; the channel's order sees to it that it does before its seal.
void FakeSupervisor::close_listeners_if_ready() {
  if (!stopping_accept_ || base_.listeners_closed) return;
  if (!ledger_.all_stopped_accepting() && flaw_ != Flaw::closes_first) return;
  FakeWorker* heir = nullptr;
  for (auto& worker : workers_)
    if (worker->alive()) heir = worker.get();
  for (; heir != nullptr && backlog_ > 0; --backlog_) heir->inbox().send({.kind = Kind::take_connection});
  base_.listeners_closed = true;
  checker_.on_supervisor_closed(truth());
}

Truth FakeSupervisor::truth() const {
  Truth truth;
  truth.main_reaped = std::ranges::all_of(copies_, [](const auto& copy) { return copy->child->main_reaped(); });
  truth.child_gone = std::ranges::all_of(copies_, [](const auto& copy) { return copy->child->gone(); });
  truth.drained_hooks = hooks_.plan().left(core::HookEvent::drained);
  truth.running_hooks = hooks_.plan().running().size();
  for (const auto& worker : workers_) {
    if (!worker->alive()) continue;
    for (const auto& copy : copies_)  // one that has left for good can get nothing any more
      truth.every_worker_sealed = truth.every_worker_sealed && (worker->sealed(copy->id) || (copy->ended && copy->gone));
    truth.any_worker_accepts = truth.any_worker_accepts || worker->accepts();
    truth.running_finite += worker->running_finite();
  }
  return truth;
}

}  // namespace lastcall::sim
