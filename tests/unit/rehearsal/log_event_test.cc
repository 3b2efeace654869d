#include "rehearsal/log_event.h"

#include <doctest/doctest.h>

using namespace lastcall::rehearsal;

namespace {

constexpr std::string_view kReady = R"({"time":"2026-01-02T03:04:05.678Z","level":"info","process":"supervisor","pid":70,"event":"ready",)"
                                    R"("listen":"127.0.0.1:8080","child_pid":71,"ms":212,"deep":true})";

}  // namespace

TEST_CASE("a line of the supervisor's becomes its event, with its fields in their order") {
  const auto event = parse_log_event(kReady, 70);
  REQUIRE(event.has_value());
  CHECK(event->name == "ready");
  CHECK(event->level == "info");
  CHECK(event->text("listen") == "127.0.0.1:8080");
  CHECK(event->number("ms") == 212);
  CHECK(event->text("deep") == "true");
  CHECK(event->fields.size() == 4);
  CHECK(event->fields.front().first == "listen");
}

TEST_CASE("what is not there is empty, or -1") {
  const auto event = parse_log_event(kReady, 70);
  REQUIRE(event.has_value());
  CHECK(event->find("code") == nullptr);
  CHECK(event->text("code").empty());
  CHECK(event->number("code") == -1);
}

TEST_CASE("the command's own words are no events: another pid, another process, JSON of its own, broken JSON") {
  CHECK(!parse_log_event(kReady, 71).has_value());
  CHECK(!parse_log_event(R"({"time":"x","level":"info","process":"worker","pid":70,"event":"x"})", 70).has_value());
  CHECK(!parse_log_event(R"({"time":"x","level":"info","msg":"hello"})", 70).has_value());
  CHECK(!parse_log_event(R"({"time":)", 70).has_value());
  CHECK(!parse_log_event(R"({"time":[[[[)", 70).has_value());
  CHECK(!parse_log_event("listening on 3000", 70).has_value());
  CHECK(!parse_log_event("", 70).has_value());
}

TEST_CASE("an event behind words that have no end yet is found, and the words are the command's") {
  for (const std::string words : {"Loading...", "{\"time\":1}", "{\"time\":\"x\",\"level\":\"info\"", "{"}) {
    CAPTURE(words);
    const std::string line = words + std::string(kReady);
    const PipeLine parts = split_pipe_line(line, 70);
    REQUIRE(parts.event.has_value());
    CHECK(parts.event->name == "ready");
    CHECK(parts.words == words);
  }
}

TEST_CASE("a line of one of them alone is of that one; a worker's is nobody's") {
  CHECK(!split_pipe_line(kReady, 70).words.has_value());
  CHECK(split_pipe_line("hello", 70).words == "hello");
  CHECK(split_pipe_line("", 70).words == "");
  CHECK(split_pipe_line(kReady, 71).words == kReady);
  const PipeLine worker = split_pipe_line(R"({"time":"x","level":"info","process":"worker","pid":9,"event":"x"})", 70);
  CHECK(!worker.words.has_value());
  CHECK(!worker.event.has_value());
}
