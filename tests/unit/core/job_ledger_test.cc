#include "core/job_ledger.h"

#include <doctest/doctest.h>

using namespace lastcall;
using namespace lastcall::core;

namespace {

constexpr TimePoint kStart = TimePoint(seconds(1000));
constexpr TimePoint at(int s) { return kStart + seconds(s); }

}  // namespace

TEST_CASE("a job is under way from its begin to its end, and counted once") {
  JobLedger jobs;
  CHECK(jobs.begin("import-7", "import.sh", seconds(60), kStart) == JobRefusal::none);
  CHECK(jobs.running() == 1);
  CHECK(jobs.deadline() == at(60));
  CHECK(jobs.end("import-7"));
  CHECK_FALSE(jobs.end("import-7"));
  CHECK(jobs.running() == 0);
  CHECK(jobs.begun() == 1);
  CHECK(jobs.finished() == 1);
  CHECK(jobs.deadline() == kNever);
  CHECK_FALSE(jobs.next_lost());
}

TEST_CASE("a job past its own timeout is stuck: completed by force, told by name, and not a moment earlier") {
  JobLedger jobs;
  REQUIRE(jobs.begin("slow", "", seconds(60), kStart) == JobRefusal::none);
  REQUIRE(jobs.begin("quick", "q", seconds(5), at(1)) == JobRefusal::none);
  CHECK(jobs.deadline() == at(6));
  jobs.on_time(at(6) - Duration(1));
  CHECK(jobs.running() == 2);
  jobs.on_time(at(6));
  CHECK(jobs.running() == 1);
  CHECK(jobs.stuck() == 1);
  const auto lost = jobs.next_lost();
  REQUIRE(lost);
  CHECK(lost->job.id == "quick");
  CHECK(lost->job.owner == "q");
  CHECK(lost->fate == JobLedger::Fate::stuck);
  CHECK(lost->at == at(6));
  CHECK_FALSE(jobs.next_lost());
  CHECK_FALSE(jobs.end("quick"));  // whoever comes late is told so
  CHECK(jobs.finished() == 0);
  CHECK(jobs.deadline() == at(60));
}

TEST_CASE("a heartbeat renews a job's time") {
  JobLedger jobs;
  REQUIRE(jobs.begin("a", "", seconds(10), kStart) == JobRefusal::none);
  CHECK(jobs.heartbeat("a", at(8)));
  jobs.on_time(at(10));
  CHECK(jobs.running() == 1);
  CHECK(jobs.deadline() == at(18));
  jobs.on_time(at(18));
  CHECK(jobs.stuck() == 1);
  CHECK_FALSE(jobs.heartbeat("a", at(19)));
}

TEST_CASE("two jobs can't have one id at a time, one after the other they can") {
  JobLedger jobs;
  REQUIRE(jobs.begin("a", "", seconds(10), kStart) == JobRefusal::none);
  CHECK(jobs.begin("a", "", seconds(10), kStart) == JobRefusal::duplicate);
  CHECK(jobs.running() == 1);
  CHECK(jobs.end("a"));
  CHECK(jobs.begin("a", "", seconds(10), kStart) == JobRefusal::none);
}

TEST_CASE("once the shutdown began no new job is taken, and those under way may end") {
  JobLedger jobs;
  REQUIRE(jobs.begin("a", "", seconds(10), kStart) == JobRefusal::none);
  jobs.refuse_new();
  CHECK(jobs.begin("b", "", seconds(10), kStart) == JobRefusal::shutting_down);
  CHECK(jobs.heartbeat("a", at(1)));
  CHECK(jobs.end("a"));
}

TEST_CASE("at the drain's deadline what is under way is given up, oldest first, and told as dropped") {
  JobLedger jobs;
  REQUIRE(jobs.begin("second", "", seconds(10), at(1)) == JobRefusal::none);
  REQUIRE(jobs.begin("first", "", seconds(10), kStart) == JobRefusal::none);
  CHECK(jobs.drop_all() == 2);
  CHECK(jobs.running() == 0);
  CHECK(jobs.dropped() == 2);
  CHECK(jobs.deadline() == kNever);
  CHECK(jobs.next_lost()->job.id == "first");
  CHECK(jobs.next_lost()->fate == JobLedger::Fate::dropped);
  CHECK(jobs.drop_all() == 0);
}

TEST_CASE("names are bounded and fit into a path: an id of 1 MiB is refused") {
  JobLedger jobs;
  const auto refusal = [&](std::string_view id) { return jobs.begin(id, "", seconds(1), kStart); };
  CHECK(refusal("") == JobRefusal::bad_id);
  CHECK(refusal(std::string(1 << 20, 'x')) == JobRefusal::bad_id);
  CHECK(refusal(std::string(kLongestJobName + 1, 'x')) == JobRefusal::bad_id);
  CHECK(refusal("a b") == JobRefusal::bad_id);
  CHECK(refusal("a/b") == JobRefusal::bad_id);
  CHECK(refusal("a\nb") == JobRefusal::bad_id);
  CHECK(refusal("\xff") == JobRefusal::bad_id);
  CHECK(refusal(std::string(kLongestJobName, 'x')) == JobRefusal::none);
  CHECK(jobs.begin("o", std::string(kLongestJobName + 1, 'x'), seconds(1), kStart) == JobRefusal::bad_owner);
  CHECK(jobs.begin("o", "a\x1b[31m", seconds(1), kStart) == JobRefusal::bad_owner);
  CHECK(jobs.begin("o", "Jürgen's laptop", seconds(1), kStart) == JobRefusal::none);
  CHECK(jobs.begin("t", "", seconds(0), kStart) == JobRefusal::bad_timeout);
  CHECK(jobs.begin("t", "", kInfinite, kStart) == JobRefusal::bad_timeout);
}

TEST_CASE("the number of jobs is bounded") {
  JobLedger jobs;
  for (std::size_t i = 0; i < kMostJobs; ++i) REQUIRE(jobs.begin(std::to_string(i), "", seconds(60), kStart) == JobRefusal::none);
  CHECK(jobs.begin("one-more", "", seconds(60), kStart) == JobRefusal::too_many);
  CHECK(jobs.list(5).size() == 5);
  jobs.on_time(at(60));
  CHECK(jobs.running() == 0);
  CHECK(jobs.stuck() == kMostJobs);
}
