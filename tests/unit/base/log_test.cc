#include "base/log.h"

#include <doctest/doctest.h>

#include <regex>
#include <string>
#include <vector>

namespace lastcall {
namespace {

std::vector<std::string>& lines() {
  static std::vector<std::string> all;
  return all;
}

// Catches what the log writes while it lives.
struct Capture {
  explicit Capture(LogFormat format, LogLevel level = LogLevel::info, std::string process = "", bool color = false) {
    lines().clear();
    configure_log({level, format, color, std::move(process), [](std::string_view line) { lines().emplace_back(line); }});
  }
  ~Capture() { configure_log({}); }
};

const char* const kTime = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)";

std::string only_line() {
  REQUIRE(lines().size() == 1);
  return lines().front();
}

}  // namespace

TEST_CASE("a text line has the time in UTC, who speaks, the event and its fields, and ends with one newline (G189)") {
  const Capture capture(LogFormat::text);
  log_info("draining")("t0_ms", 12)("finite", 3u)("name", "api")("ready", true)("share", 0.5);
  CHECK(std::regex_match(only_line(),
                         std::regex(std::string(kTime) + " lastcall: draining t0_ms=12 finite=3 name=api ready=true share=0.500000\n")));
}

TEST_CASE("warnings and errors are marked in words, and a worker says that it is one") {
  {
    const Capture capture(LogFormat::text, LogLevel::info, "worker");
    log_warn("slow");
    CHECK(only_line().find(" lastcall worker: warning: slow\n") != std::string::npos);
  }
  const Capture capture(LogFormat::text);
  log_error("broken");
  CHECK(only_line().find(" lastcall: error: broken\n") != std::string::npos);
}

TEST_CASE("a text value that could be mistaken for two fields, or forge a line, is quoted") {
  const Capture capture(LogFormat::text);
  log_info("x")("a", "two words")("b", "k=v")("c", "")("d", "say \"hi\"")("e", "one\ntwo")("f", "\x1b[31m");
  CHECK(only_line().find(R"( x a="two words" b="k=v" c="" d="say \"hi\"" e="one\ntwo" f="\u001b[31m")") != std::string::npos);
}

TEST_CASE("a JSON line is one object with typed fields") {
  const Capture capture(LogFormat::json);
  log_warn("child_ended")("code", 3)("by", "signal \"9\"")("asked", false);
  CHECK(std::regex_match(only_line(), std::regex(std::string(R"(\{"time":")") + kTime +
                                                 R"(","level":"warning","process":"supervisor","pid":\d+,"event":"child_ended",)" +
                                                 R"("code":3,"by":"signal \\"9\\"","asked":false\}\n)")));
}

TEST_CASE("colour is used only where it was asked for, and only as text") {
  {
    const Capture capture(LogFormat::text, LogLevel::info, "", true);
    log_error("x");
    CHECK(only_line().find("\033[31merror:\033[0m x") != std::string::npos);
  }
  const Capture capture(LogFormat::json, LogLevel::info, "", true);
  log_error("x");
  CHECK(only_line().find('\033') == std::string::npos);
}

TEST_CASE("what is below the level is not written, and the level can change while it runs") {
  const Capture capture(LogFormat::text, LogLevel::warn);
  log_info("quiet")("a", 1);
  CHECK(lines().empty());
  CHECK_FALSE(log_enabled(LogLevel::info));
  set_log_level(LogLevel::debug);
  log_debug("loud");
  CHECK(lines().size() == 1);
  set_log_level(LogLevel::off);
  log_error("nothing");
  CHECK(lines().size() == 1);
}

}  // namespace lastcall
