#include "base/utc_text.h"

#include <doctest/doctest.h>

namespace lastcall::test {
namespace {

TEST_CASE("times are written in UTC with milliseconds, leap days and times before 1970 included") {
  CHECK(utc_text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_text(1'709'208'000'007) == "2024-02-29T12:00:00.007Z");
  CHECK(utc_text(-1) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("a time is appended to what is there") {
  std::string text = "at ";
  append_utc(text, 1'769'862'896'789);
  CHECK(text == "at 2026-01-31T12:34:56.789Z");
}

}  // namespace
}  // namespace lastcall::test
