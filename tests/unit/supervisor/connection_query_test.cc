#include "supervisor/connection_query.h"

#include <doctest/doctest.h>

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

struct Bench {
  io::Loop loop;
  ConnectionQuery query{loop};
  std::vector<Connections> answers;
  bool ask() {
    return query.add_asker([this](const Connections& found) {
      answers.push_back(found);
      loop.stop();
    });
  }
  // The worker's side of what is lent to it.
  os::Mapping lend(std::uint64_t worker) {
    const UniqueFd memory = std::move(query.lend(worker)).value();
    return std::move(os::Mapping::map(memory.get(), sizeof(proto::ConnectionPage), os::Mapping::Access::writable)).value();
  }
  static void write(os::Mapping& memory, std::initializer_list<std::uint64_t> ages, std::uint64_t total) {
    auto& page = *static_cast<proto::ConnectionPage*>(memory.data());
    std::size_t i = 0;
    for (const std::uint64_t age : ages) page.rows[i++].age_ms = age;
    page.count = ages.size();
    page.total = total;
  }
};

}  // namespace

TEST_CASE("the rows of all workers come together, oldest first, to everybody who asked meanwhile") {
  Bench bench;
  REQUIRE(bench.ask());
  auto one = bench.lend(1), two = bench.lend(2);
  bench.query.asked();
  CHECK_FALSE(bench.ask());
  Bench::write(one, {50, 10}, 2);
  Bench::write(two, {30}, 1);
  bench.query.on_listed(1, bench.query.number());
  CHECK(bench.answers.empty());
  bench.query.on_listed(2, bench.query.number());
  REQUIRE(bench.answers.size() == 2);
  REQUIRE(bench.answers[0].rows.size() == 3);
  CHECK(bench.answers[0].rows[1].age_ms == 30);
  CHECK(bench.answers[0].complete);
}

TEST_CASE("a worker that does not answer is waited for half a second, and the list says so") {
  Bench bench;
  REQUIRE(bench.ask());
  auto one = bench.lend(1), two = bench.lend(2);
  bench.query.asked();
  Bench::write(one, {5}, 1);
  bench.query.on_listed(1, bench.query.number());
  const TimePoint began = bench.loop.now();
  bench.loop.run();
  CHECK(bench.loop.now() - began >= milliseconds(400));
  REQUIRE(bench.answers.size() == 1);
  CHECK(bench.answers[0].rows.size() == 1);
  CHECK_FALSE(bench.answers[0].complete);
}

TEST_CASE("without workers the answer comes at once; one that dies is not waited for") {
  Bench bench;
  REQUIRE(bench.ask());
  bench.query.asked();
  CHECK(bench.answers.size() == 1);
  REQUIRE(bench.ask());
  auto one = bench.lend(1);
  bench.query.asked();
  bench.query.on_listed(1, bench.query.number() - 1);  // a late answer to the last question
  CHECK(bench.answers.size() == 1);
  bench.query.on_worker_gone(1);
  CHECK(bench.answers.size() == 2);
}

TEST_CASE("a worker's numbers are never believed: a count beyond the memory reads no row outside it") {
  Bench bench;
  REQUIRE(bench.ask());
  auto one = bench.lend(1);
  bench.query.asked();
  static_cast<proto::ConnectionPage*>(one.data())->count = UINT64_MAX;
  bench.query.on_listed(1, bench.query.number());
  REQUIRE(bench.answers.size() == 1);
  CHECK(bench.answers[0].rows.size() == proto::ConnectionPage::kMost);
}
