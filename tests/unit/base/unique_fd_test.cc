#include "base/unique_fd.h"

#include <doctest/doctest.h>

#include <fcntl.h>

#include <utility>

namespace lastcall {
namespace {

int fresh() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

}  // namespace

TEST_CASE("a descriptor is closed at the end of its owner's life, and not before") {
  const int fd = fresh();
  {
    const UniqueFd owner(fd);
    CHECK(owner.get() == fd);
    CHECK(is_open(fd));
  }
  CHECK_FALSE(is_open(fd));
}

TEST_CASE("moving hands the descriptor on, and the old owner holds none") {
  UniqueFd first(fresh());
  const int fd = first.get();
  UniqueFd second(std::move(first));
  CHECK_FALSE(first);  // NOLINT(bugprone-use-after-move)
  CHECK(second.get() == fd);
  UniqueFd third(fresh());
  const int replaced = third.get();
  third = std::move(second);
  CHECK(third.get() == fd);
  CHECK(is_open(fd));
  CHECK_FALSE(is_open(replaced));
}

TEST_CASE("a released descriptor stays open, a reset one is closed") {
  UniqueFd owner(fresh());
  const int fd = owner.release();
  CHECK_FALSE(owner);
  CHECK(is_open(fd));
  owner.reset(fd);
  owner.reset();
  CHECK_FALSE(is_open(fd));
}

TEST_CASE("assigning an owner to itself keeps its descriptor") {
  UniqueFd owner(fresh());
  UniqueFd& same = owner;
  owner = std::move(same);
  CHECK(owner);
  CHECK(is_open(owner.get()));
}

}  // namespace lastcall
