// The copies of the child: their ends, the next ones, and how one of them leaves alone. As supervisor/instances does it.
#include <algorithm>

#include "fake_supervisor.h"

namespace lastcall::sim {

using core::Event;
using Kind = Message::Kind;

void FakeSupervisor::start_copy(Copy& copy) {
  copy.child = std::make_unique<FakeChild>(
      clock_, dice_, copy.plan,
      FakeChild::Told{.ready =
                          [this, &copy] {
                            if (copy.leaves) return;
                            copy.ready = true;
                            tell_upstreams();
                            event(Event::child_ready);
                          },
                      .main_ended = [this, &copy] { for (auto& worker : workers_) worker->copy_died(copy.id); },
                      .main_reaped = [this, &copy] { on_copy_ended(copy); },
                      .all_gone =
                          [this, &copy] {
                            copy.gone = flaw_ != Flaw::signals_after_reap;
                            tell_facts();
                          }});
  copy.gone = false;
  copy.child->start();
}

// Nothing follows it, or another one after a pause, as Instances and ChildLifecycle have it.
void FakeSupervisor::on_copy_ended(Copy& copy) {
  if (exited_) return;
  copy.ready = false;
  tell_upstreams();
  if (flaw_ == Flaw::signals_after_reap) return;
  const bool restarts = !ending_ && !copy.leaves && plan_.restart_pause != kInfinite && !plan_.end_of_one_ends_all &&
                        plan_.descendants == 0;  // else they would have to be cleared away first
  if (restarts) {
    old_children_.push_back(std::move(copy.child));
    copy.plan.child_dies_after = kInfinite;
    copy.child = std::make_unique<FakeChild>(clock_, dice_, copy.plan, FakeChild::Told{});
    copy.child->never_starts();
    clock_.in(plan_.restart_pause, [this, &copy] { if (!ending_ && !copy.leaves) start_copy(copy), tell_facts(); });
    copy.gone = true;
    return tell_facts();
  }
  copy.ended = true;
  if (all_ended()) return event(Event::main_exited);
  if (copy.leaves) return lead_away(copy);
  if (!ending_ && !plan_.end_of_one_ends_all) {
    copy.retirement.on_facts(facts_of(copy), clock_.now());
    copy.retirement.skip_drain(clock_.now());
    lead_away(copy);
    return tell_facts();
  }
  copy.child->signal_descendants();
  if (!ending_) return event(Event::copy_exited);
  tell_facts();
}

void FakeSupervisor::a_copy_leaves() {
  Copy& copy = *copies_[static_cast<std::size_t>(dice_.number(0, plan_.copies - 1))];
  std::size_t others = 0;
  for (const auto& each : copies_) others += each.get() != &copy && !each->ended && !each->leaves;
  if (exited_ || ending_ || others == 0 || copy.ended || copy.leaves) return;
  copy.leaves = true;
  copy.ready = false;
  copy.ended = !copy.child->main_runs() && copy.child->main_reaped();
  copy.retirement.begin(clock_.now());
  tell_upstreams();
  lead_away(copy);
}

core::InstanceRetirement::Facts FakeSupervisor::facts_of(const Copy& copy) const {
  core::InstanceRetirement::Facts facts{.sealed = ledger_.all_sealed(copy.id),
                                        .finite = ledger_.finite_at(copy.id),
                                        .main_runs = !copy.child->main_reaped(),
                                        .gone = copy.gone};
  if (flaw_ == Flaw::ignores_seal) facts.sealed = true;
  if (flaw_ == Flaw::ignores_census) facts.finite = 0;
  if (flaw_ == Flaw::believes_old_zeros) {
    facts.finite = 0;
    for (const auto& [worker, census] : counted_)
      if (const auto at = census.at.find(copy.id); at != census.at.end()) facts.finite += at->second.finite;
  }
  return facts;
}

void FakeSupervisor::lead_away(Copy& copy) {
  if (exited_ || !copy.retirement.running()) return;
  TimePoint now = clock_.now();
  if (flaw_ == Flaw::kills_early && now + milliseconds(100) >= copy.kill_at) now = copy.kill_at;
  const core::InstanceRetirement::Facts facts = facts_of(copy);
  if (facts.sealed && !copy.drain_until) copy.drain_until = after(now, limits_.drain);
  copy.retirement.on_facts(facts, now);
  while (const auto action = copy.retirement.next_action()) carry_out(copy, *action);
  const TimePoint when = copy.retirement.deadline();
  const Duration early = flaw_ == Flaw::kills_early && when == copy.kill_at ? Duration(milliseconds(50)) : Duration::zero();
  if (when != kNever && when != copy.alarm) clock_.at((copy.alarm = when) - early, [this, &copy] { lead_away(copy); });
}

void FakeSupervisor::carry_out(Copy& copy, core::RetireAction action) {
  switch (action) {
    case core::RetireAction::seal:
      ledger_.seal_asked(copy.id);
      return tell_all({.kind = Kind::seal, .instance = copy.id});
    case core::RetireAction::stop_main:
      copy.kill_at = after(clock_.now(), limits_.stop);
      return stop(copy);
    case core::RetireAction::signal_rest:
      copy.kill_at = std::min(copy.kill_at, after(clock_.now(), limits_.stop));
      return copy.child->signal_descendants();
    case core::RetireAction::kill_all:
      checker_.on_copy_kill(clock_.now() < copy.kill_at);
      return copy.child->kill();
    case core::RetireAction::report_gone: ledger_.forget(copy.id); return;
  }
}

// Alone, or with all others: whichever comes first.
void FakeSupervisor::stop(Copy& copy) {
  if (copy.signalled || copy.child->main_reaped()) return;
  if (copy.leaves && !ending_) {
    std::size_t running = 0;
    for (const auto& worker : workers_) running += worker->alive() ? worker->running_finite(copy.id) : 0;
    checker_.on_copy_signal(sealed_by_all(copy.id), !copy.drain_until || clock_.now() < *copy.drain_until, running);
  }
  copy.signalled = true;
  copy.child->stop_signal();
}

bool FakeSupervisor::sealed_by_all(core::InstanceId copy) const {
  // A worker that was started after the seal never hears of that copy as one to send to.
  return std::ranges::all_of(workers_, [&](const auto& worker) { return !worker->alive() || !worker->may_use(copy); });
}

bool FakeSupervisor::all_ended() const {
  return std::ranges::all_of(copies_, [](const auto& copy) { return copy->ended; });
}

std::vector<core::InstanceId> FakeSupervisor::ready() const {
  std::vector<core::InstanceId> ids;
  for (const auto& copy : copies_)
    if (copy->ready && !copy->leaves) ids.push_back(copy->id);
  return ids;
}

void FakeSupervisor::tell_upstreams() { tell_all({.kind = Kind::upstreams, .ready = ready()}); }

}  // namespace lastcall::sim
