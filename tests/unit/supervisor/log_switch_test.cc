#include "supervisor/log_switch.h"

#include <doctest/doctest.h>

#include "fixture.h"

using namespace lastcall;
using namespace lastcall::supervisor;

namespace {

struct Told {
  LogSwitch::Answer answer() {
    return [this](bool all) { all ? ++yes : ++no; };
  }
  int yes = 0, no = 0;
};

}  // namespace

TEST_CASE("whoever rotates is told once every worker has the new file; the dead write nothing") {
  io::Loop loop;
  LogSwitch tested(loop);
  Told told;
  const std::uint64_t number = tested.next_number();
  tested.await(number, {1, 2, 3}, told.answer());
  tested.on_reopened(1, number);
  tested.on_worker_gone(2);
  CHECK(told.yes == 0);
  tested.on_reopened(3, number);
  CHECK(told.yes == 1);
  tested.on_reopened(3, number);
  CHECK(told.yes == 1);
  tested.await(tested.next_number(), {}, told.answer());  // nobody writes
  CHECK(told.yes == 2);
}

TEST_CASE("a word on an older file says nothing of a later one, a word on the later one also answers for the older") {
  io::Loop loop;
  LogSwitch tested(loop);
  Told first, second;
  tested.await(1, {1}, first.answer());
  tested.await(2, {1}, second.answer());
  tested.on_reopened(1, 1);
  CHECK(first.yes == 1);
  CHECK(second.yes == 0);
  tested.await(3, {1}, first.answer());
  tested.on_reopened(1, 3);
  CHECK(first.yes == 2);
  CHECK(second.yes == 1);
}

TEST_CASE("a worker that does not answer holds nobody up for longer than a second, and nobody is told that it has") {
  test::Supervised supervised;
  LogSwitch tested(supervised.loop);
  Told told;
  tested.await(1, {1}, told.answer());
  CHECK(supervised.run_until([&] { return told.no == 1; }));
  CHECK(told.yes == 0);
}
