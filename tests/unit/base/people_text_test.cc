#include <doctest/doctest.h>

#include "base/people_text.h"

using namespace lastcall;

TEST_CASE("a duration for people has three digits at most, and is cut, never rounded up") {
  CHECK(people_duration(Duration(0)) == "0 ms");
  CHECK(people_duration(milliseconds(999)) == "999 ms");
  CHECK(people_duration(milliseconds(1526)) == "1.52 s");
  CHECK(people_duration(milliseconds(9'999)) == "9.99 s");
  CHECK(people_duration(milliseconds(20'750)) == "20.7 s");
  CHECK(people_duration(milliseconds(59'999)) == "59.9 s");
  CHECK(people_duration(seconds(125)) == "2m 05s");
  CHECK(people_duration(seconds(3600 + 180)) == "1h 03m");
  CHECK(people_duration(kInfinite) == "no limit");
}

TEST_CASE("a deadline that has passed leaves nothing, not a negative time") { CHECK(people_duration(-seconds(1)) == "0 ms"); }

TEST_CASE("only one thing is told in the singular") {
  CHECK(counted(0, "request") == "0 requests");
  CHECK(counted(1, "request") == "1 request");
  CHECK(counted(2, "request") == "2 requests");
}

TEST_CASE("text is broken between words and never inside one, and no line but the first is indented by hand") {
  CHECK(wrapped("", 4, 20) == "");
  CHECK(wrapped("one two", 4, 20) == "one two");
  CHECK(wrapped("one two three", 4, 14) == "one two\n    three");
  CHECK(wrapped("one", 4, 5) == "one");
  CHECK(wrapped("a incomprehensibilities b", 2, 10) == "a\n  incomprehensibilities\n  b");
}
