// Room in somebody else's pipe, without a change of its mode.
#include "io/room_watch.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "io/callback_timer.h"

namespace lastcall::io {
namespace {

void fill(int fd) {
  const std::string block(65536, 'x');
  while (::send(fd, block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
  }
}

void drain(int fd) {
  std::string block(65536, 'x');
  while (::recv(fd, block.data(), block.size(), MSG_DONTWAIT) > 0) {
  }
}

TEST_CASE("room is told once for each start, and the descriptor stays blocking for the others (P52)") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd ours(ends[0]), theirs(ends[1]);
  fill(ours.get());
  Loop loop;
  int told = 0;
  RoomWatch watch(loop, ours.get(), [&] {
    ++told;
    loop.stop();
  });
  watch.start();
  CallbackTimer reader(loop, [&] {
    CHECK(told == 0);
    drain(theirs.get());
  });
  reader.arm_after(milliseconds(20));
  loop.run();
  CHECK(told == 1);
  CallbackTimer later(loop, [&] { loop.stop(); });
  later.arm_after(milliseconds(20));
  loop.run();
  CHECK(told == 1);
  watch.start();
  loop.run();
  CHECK(told == 2);
  CHECK((::fcntl(ours.get(), F_GETFL) & O_NONBLOCK) == 0);
}

TEST_CASE("a reader that goes away counts as room, and what knows no waiting has it at once") {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd ours(ends[0]);
  UniqueFd theirs(ends[1]);
  fill(ours.get());
  Loop loop;
  int told = 0;
  RoomWatch watch(loop, ours.get(), [&] {
    ++told;
    loop.stop();
  });
  watch.start();
  theirs.reset();
  loop.run();
  CHECK(told == 1);

  const UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  RoomWatch always(loop, null.get(), [&] { ++told; });
  always.start();
  CHECK(told == 2);
}

}  // namespace
}  // namespace lastcall::io
