#include "base/duration_text.h"

#include <doctest/doctest.h>

#include <utility>

namespace lastcall {

TEST_CASE("durations are read as people write them") {
  const std::pair<const char*, Duration> cases[] = {
      {"30s", seconds(30)},         {"1m30s", seconds(90)},       {"250ms", milliseconds(250)},
      {"0", Duration::zero()},      {"0s", Duration::zero()},     {"2h", std::chrono::hours(2)},
      {"1.5s", milliseconds(1500)}, {"10us", microseconds(10)},   {"7ns", nanoseconds(7)},
      {"infinity", kInfinite},      {"1h1m1s1ms", std::chrono::hours(1) + seconds(61) + milliseconds(1)},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE(parsed.ok());
    CHECK(parsed.value() == expected);
  }
}

TEST_CASE("a bare number counts seconds, as in systemd") {
  CHECK(parse_duration("90").value() == seconds(90));
  CHECK(parse_duration("0.25").value() == milliseconds(250));
}

TEST_CASE("what is no duration is refused, with the text and an example") {
  for (const char* text : {"", "s", "abc", "-1s", "5x", "1s2", "1 s", "30S", "1e3s", "nan", "inf", "Infinity", "1..2s", ".", "0s5",
                           "5.s.5"}) {
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message.find("\"" + std::string(text) + "\"") != std::string::npos);
    CHECK(parsed.error().message.find("30s") != std::string::npos);
  }
}

TEST_CASE("more than a year is taken for a typing error, so that sums of durations cannot overflow") {
  CHECK(parse_duration("8784h").ok());
  CHECK_FALSE(parse_duration("8785h").ok());
  CHECK_FALSE(parse_duration("99999999999999999999999999h").ok());
}

TEST_CASE("a formatted duration is exact and reads back as the same") {
  CHECK(format_duration(seconds(90)) == "1m30s");
  CHECK(format_duration(milliseconds(7500)) == "7s500ms");
  CHECK(format_duration(milliseconds(250)) == "250ms");
  CHECK(format_duration(Duration::zero()) == "0s");
  CHECK(format_duration(kInfinite) == "infinity");
  for (const Duration value : {Duration(nanoseconds(1)), Duration(seconds(3601)), Duration(nanoseconds(86'399'999'999'999))})
    CHECK(parse_duration(format_duration(value)).value() == value);
}

}  // namespace lastcall
