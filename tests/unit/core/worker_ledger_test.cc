#include "core/worker_ledger.h"

#include <doctest/doctest.h>

namespace lastcall::core {
namespace {

Census census(std::uint64_t version, std::uint64_t finite = 0, std::uint64_t streams = 0, std::uint64_t idle = 0) {
  return {.phase_version = version, .finite = finite, .streams = streams, .idle = idle};
}

constexpr InstanceId kOnly[]{0};
constexpr InstanceId kAll[]{0, 1, 2};

}  // namespace

TEST_CASE("without workers every promise holds and nothing is in flight") {
  const WorkerLedger ledger;
  CHECK(ledger.all_sealed());
  CHECK(ledger.all_stopped_accepting());
  CHECK(ledger.all_finished());
  const Facts facts = ledger.facts({});
  CHECK(facts.sealed);
  CHECK(facts.workers_finished);
  CHECK(facts.finite + facts.streams + facts.idle == 0);
}

TEST_CASE("a promise counts only when every living worker has given it") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.worker_started(2);
  CHECK_FALSE(ledger.all_sealed());
  ledger.all_seals_asked(kOnly);
  ledger.on_sealed(1, 0);
  CHECK_FALSE(ledger.all_sealed());
  CHECK(ledger.sealed_all(1));
  CHECK_FALSE(ledger.sealed_all(2));
  ledger.on_sealed(2, 0);
  CHECK(ledger.all_sealed());
  CHECK_FALSE(ledger.all_finished());
  CHECK_FALSE(ledger.all_stopped_accepting());
}

TEST_CASE("a worker accepts until it has said that it closed its listeners, and not once it is dead") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.worker_started(2);
  ledger.on_stopped_accepting(2);
  CHECK(ledger.accepts(1));
  CHECK_FALSE(ledger.accepts(2));
  ledger.worker_died(1);
  CHECK_FALSE(ledger.accepts(1));
}

TEST_CASE("a dead worker's promises count as given, and a replacement has given none") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.worker_started(2);
  ledger.all_seals_asked(kOnly);
  ledger.on_sealed(1, 0);
  ledger.worker_died(2);
  CHECK(ledger.all_sealed());
  CHECK(ledger.sealed_all(2));
  ledger.worker_started(3);
  CHECK_FALSE(ledger.all_sealed());
  CHECK(ledger.living() == 2);
}

TEST_CASE("what a worker held when it died is lost, unless it had finished") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.on_census(1, census(1, 3, 2, 9));
  ledger.worker_died(1);
  CHECK(ledger.lost() == 5);
  CHECK(ledger.total().finite == 0);
  ledger.worker_started(2);
  ledger.on_census(2, census(1, 4));
  ledger.on_finished(2);
  ledger.worker_died(2);
  CHECK(ledger.lost() == 5);
}

TEST_CASE("a message of a worker that is dead already changes nothing") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.worker_died(1);
  ledger.on_census(1, census(1, 7));
  ledger.on_sealed(1, 0);
  ledger.on_stopped_accepting(1);
  ledger.on_finished(1);
  ledger.worker_died(1);
  CHECK(ledger.living() == 0);
  CHECK(ledger.lost() == 0);
  CHECK(ledger.facts({}).finite == 0);
}

TEST_CASE("a census older than the newest phase proves no zero (design.md 1.1)") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.on_census(1, census(0));
  CHECK(ledger.facts({}).finite == 0);
  ledger.phase_sent(2);
  const Facts stale = ledger.facts({});
  CHECK(stale.finite == 1);
  CHECK(stale.streams == 1);
  CHECK(stale.idle == 1);
  ledger.on_census(1, census(1));
  CHECK(ledger.facts({}).finite == 1);
  ledger.on_census(1, census(2));
  CHECK(ledger.facts({}).finite == 0);
}

TEST_CASE("a worker that has not counted yet proves nothing, however well the others did") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.on_census(1, census(5));
  ledger.worker_started(2);
  CHECK(ledger.facts({}).finite == 1);
  ledger.on_census(2, census(5, 0, 4, 0));
  CHECK(ledger.facts({}).finite == 0);
  CHECK(ledger.facts({}).streams == 4);
}

TEST_CASE("an old census still shows what it counted") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.on_census(1, census(1, 12));
  ledger.phase_sent(9);
  CHECK(ledger.facts({}).finite == 12);
}

TEST_CASE("the total sums the living, with the oldest age and the oldest version") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.worker_started(2);
  ledger.on_census(1, {.phase_version = 3, .finite = 1, .streams = 2, .waiting = 3, .idle = 4, .oldest_ms = 500});
  ledger.on_census(2, {.phase_version = 2, .finite = 10, .streams = 20, .waiting = 30, .idle = 40, .oldest_ms = 90});
  const Census total = ledger.total();
  CHECK(total.phase_version == 2);
  CHECK(total.finite == 11);
  CHECK(total.streams == 22);
  CHECK(total.waiting == 33);
  CHECK(total.idle == 44);
  CHECK(total.oldest_ms == 500);
}

TEST_CASE("a request that waits for the child is in flight, and what the ledger cannot know is left as it was (G52)") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.on_census(1, {.phase_version = 1, .waiting = 2});
  const Facts facts = ledger.facts({.listeners_closed = true, .child_gone = true, .jobs = 3});
  CHECK(facts.finite == 2);
  CHECK(facts.listeners_closed);
  CHECK(facts.child_gone);
  CHECK(facts.jobs == 3);
}

TEST_CASE("what a killed worker had counted as dropped is not lost once more") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.on_census(1, {.finite = 5, .streams = 1});
  ledger.worker_died(1, 4);
  CHECK(ledger.lost() == 2);
  ledger.worker_started(2);
  ledger.on_census(2, {.finite = 3});
  ledger.worker_died(2, 9);
  CHECK(ledger.lost() == 2);
}

TEST_CASE("the seal of one copy says nothing about the others, and is no seal of the service") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.worker_started(2);
  ledger.seal_asked(1);
  ledger.on_sealed(1, 1);
  CHECK_FALSE(ledger.all_sealed(1));
  ledger.on_sealed(2, 1);
  CHECK(ledger.all_sealed(1));
  CHECK_FALSE(ledger.all_sealed(0));
  CHECK_FALSE(ledger.all_sealed());
  ledger.all_seals_asked(kAll);
  CHECK_FALSE(ledger.all_sealed());
  for (const WorkerId worker : {1u, 2u})
    for (const InstanceId instance : {0u, 2u}) ledger.on_sealed(worker, instance);
  CHECK(ledger.all_sealed());
}

TEST_CASE("a replacement owes every seal that was asked before it lived") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.seal_asked(1);
  ledger.on_sealed(1, 1);
  ledger.worker_died(1);
  CHECK(ledger.all_sealed(1));
  ledger.worker_started(2);
  CHECK_FALSE(ledger.all_sealed(1));
  CHECK_FALSE(ledger.sealed_all(2));
}

TEST_CASE("a copy that is gone is forgotten, and a seal that nobody asked for counts for nothing") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.seal_asked(1);
  ledger.on_sealed(1, 1);
  ledger.forget(1);
  ledger.on_sealed(1, 7);
  ledger.all_seals_asked(kOnly);
  CHECK_FALSE(ledger.all_sealed());
  ledger.on_sealed(1, 0);
  CHECK(ledger.all_sealed());
}

TEST_CASE("what runs at one copy is the sum over the workers, and no zero before each has counted after its seal") {
  WorkerLedger ledger;
  ledger.worker_started(1);
  ledger.worker_started(2);
  ledger.on_census(1, {.finite = 5, .at = {{0, {.finite = 2, .streams = 4}}, {1, {.finite = 3, .sealed = true}}}});
  CHECK(ledger.finite_at(0) == 2);
  CHECK(ledger.finite_at(7) == 1);
  ledger.on_census(2, {.finite = 1, .at = {{0, {.finite = 1, .streams = 1}}, {1, {.finite = 0}}}});
  CHECK(ledger.finite_at(0) == 3);
  CHECK(ledger.finite_at(1) == 3);
  CHECK(ledger.running_at(1).finite == 3);
  CHECK(ledger.running_at(7).finite == 0);
  CHECK(ledger.running_at(0).streams == 5);
  ledger.on_census(1, {.at = {{1, {.finite = 0, .sealed = true}}}});
  CHECK(ledger.finite_at(1) == 1);
  ledger.on_census(2, {.at = {{1, {.finite = 0, .sealed = true}}}});
  CHECK(ledger.finite_at(1) == 0);
  ledger.worker_started(3);
  CHECK(ledger.finite_at(1) == 1);
  ledger.worker_died(3);
  CHECK(ledger.finite_at(1) == 0);
}

}  // namespace lastcall::core
