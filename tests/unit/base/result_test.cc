#include "base/result.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace lastcall {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return Error{EINVAL, "odd"};
  return value / 2;
}

Result<std::string> quarter(int value) {
  const int once = TRY(half(value));
  const int twice = TRY(half(once));
  return std::to_string(twice);
}

Status check(int value, bool& reached) {
  TRY(half(value));
  reached = true;
  return {};
}

}  // namespace

TEST_CASE("a result holds the value or the error, never both") {
  CHECK(half(4).ok());
  CHECK(half(4).value() == 2);
  CHECK_FALSE(half(3).ok());
  CHECK(half(3).error().code == EINVAL);
  CHECK(half(3).error().message == "odd");
}

TEST_CASE("TRY hands the first error through functions of other types, and the rest is not run") {
  CHECK(quarter(8).value() == "2");
  CHECK(quarter(6).error().message == "odd");
  bool reached = false;
  CHECK(check(3, reached).error().code == EINVAL);
  CHECK_FALSE(reached);
  CHECK(check(2, reached).ok());
  CHECK(reached);
}

TEST_CASE("a result carries values that can only be moved") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  REQUIRE(result.ok());
  const std::unique_ptr<int> owned = std::move(result).value();
  CHECK(*owned == 7);
}

TEST_CASE("a system error says what failed and why") {
  const Error error = system_error("bind 0.0.0.0:80", EACCES);
  CHECK(error.code == EACCES);
  CHECK(error.message == "bind 0.0.0.0:80: Permission denied");
  CHECK(system_error("x", 99999).message == "x: unknown error");
  errno = ENOENT;
  CHECK(system_error("open /x").message == "open /x: No such file or directory");
}

}  // namespace lastcall
