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

TEST_CASE("a plain line has no byte that could steer a terminal, whole characters, and an end") {
  CHECK(plain_line("gr\xc3\xbc\xc3\x9f" "e, \xe2\x82\xac 5, \xf0\x9f\x8d\xba") == "gr\xc3\xbc\xc3\x9f" "e, \xe2\x82\xac 5, \xf0\x9f\x8d\xba");
  CHECK(plain_line("a\x1b[2J\tb\r\n\x7f") == "a?[2J?b???");
  CHECK(plain_line("\xc2\x9b" "2J \xc2\xa0") == "??2J \xc2\xa0");  // CSI as one character
  CHECK(plain_line("\x9b \xff \xc3") == "? ? ?");
  CHECK(plain_line("\xc0\x9b \xe0\x82\x9b \xed\xa0\x80 \xf4\x90\x80\x80") == "?? ??? ??? ????");  // overlong, surrogate, beyond Unicode
  CHECK(plain_line("\xc3(") == "?(");
  CHECK(plain_line("abc\xc3\xbc", 4) == "abc");
  CHECK(plain_line("abc\xc3\xbc", 5) == "abc\xc3\xbc");
  CHECK(plain_line("").empty());
}
