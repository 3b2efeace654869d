#include "base/line_pattern.h"

#include <doctest/doctest.h>

#include <chrono>

namespace lastcall {
namespace {

LinePattern compiled(const std::string& expression) {
  auto pattern = LinePattern::compile(expression);
  REQUIRE_MESSAGE(pattern.ok(), expression);
  return std::move(pattern).value();
}

std::string mistake(const std::string& expression) {
  const auto pattern = LinePattern::compile(expression);
  return pattern ? "" : pattern.error().message;
}

}  // namespace

TEST_CASE("a line matches where the expression is found anywhere in it, unless it is anchored") {
  CHECK(compiled("listening on").matches("2024-01-01 server listening on :3000"));
  CHECK_FALSE(compiled("listening on").matches("Listening On"));
  CHECK(compiled("^Listening.*:[0-9]+$").matches("Listening at http://0.0.0.0:8000"));
  CHECK_FALSE(compiled("^Listening").matches("I am Listening"));
  CHECK(compiled("(started|ready) in [0-9.]+ ?m?s").matches("Next.js ready in 12 ms"));
  CHECK_FALSE(compiled("x").matches(""));
  CHECK_FALSE(compiled("x").matches({}));
  CHECK(compiled("^$").matches(""));
}

TEST_CASE("bytes of a line are bytes: NUL and what is no UTF-8 do not end it") {
  CHECK(compiled("ready").matches(std::string_view("a\0\xff\xfe ready", 10)));
  CHECK_FALSE(compiled("ready").matches(std::string_view("ready now", 4)));  // only what was given
}

TEST_CASE("an expression that can't be is refused with its reason") {
  CHECK(mistake("listening (on") == "Unmatched ( or \\(");
  CHECK(mistake("a[") != "");
  CHECK(mistake("") == "an empty expression matches every line");
  CHECK(mistake("(a)\\1") == "back references such as \\1 are not supported");
  CHECK(mistake("a\\\\1") == "");
  CHECK(mistake(std::string(1025, 'a')) == "an expression of more than 1024 bytes");
  CHECK(mistake(std::string("a\0b", 3)) == "an expression with a NUL byte");
  for (const char* expression : {"(((a{255}){255}){255}){255}", "a{1001}", "(a{32}){32}", "((a{1,99}){99})", "a{18446744073709551616}"})
    CHECK_MESSAGE(mistake(expression) == "repetitions in braces that multiply to more than 1000", expression);
  CHECK(mistake("([0-9]{1,3}\\.){3}[0-9]{1,3}") == "");
}

TEST_CASE("no expression and no line can hang whoever matches them") {
  const auto begin = std::chrono::steady_clock::now();
  const std::string line = std::string(100'000, 'a') + "!";
  for (const char* expression : {"^(a+)+$", "^(a|aa)+$", "(a*)*(a*)*(a*)*b", "(.*)(.*)(.*)(.*)(.*)x", "^(([a-z])+.)+[A-Z]([a-z])+$",
                                 "(a?){30}a{30}$", "(x+x+)+y", "^(.?){100}b"}) {
    const LinePattern pattern = compiled(expression);
    for (int i = 0; i < 3; ++i) (void)pattern.matches(line);
  }
  // Milliseconds; exponential ones would take for ever.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(20));
}

TEST_CASE("only the first 4 KiB of a line are looked at") {
  CHECK(compiled("ready$").matches(std::string(LinePattern::kLineLimit - 5, 'x') + "ready, and more"));
  CHECK_FALSE(compiled("ready").matches(std::string(LinePattern::kLineLimit - 4, 'x') + "ready"));
}

}  // namespace lastcall
