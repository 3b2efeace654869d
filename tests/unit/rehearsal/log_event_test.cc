#include "rehearsal/log_event.h"

#include <doctest/doctest.h>

using namespace lastcall::rehearsal;

namespace {

constexpr std::string_view kReady = R"({"time":"2026-01-02T03:04:05.678Z","level":"info","process":"supervisor","pid":70,"event":"ready",)"
                                    R"("listen":"127.0.0.1:8080","child_pid":71,"ms":212,"deep":true})";

}  // namespace

TEST_CASE("a line of the supervisor's becomes its event, with its fields in their order") {
  const auto event = parse_log_event(kReady);
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
  const auto event = parse_log_event(kReady);
  REQUIRE(event.has_value());
  CHECK(event->find("code") == nullptr);
  CHECK(event->text("code").empty());
  CHECK(event->number("code") == -1);
}

TEST_CASE("what is no event of the supervisor's is none: a worker's, other JSON, broken JSON, words") {
  CHECK(!parse_log_event(R"({"time":"x","level":"info","process":"worker","pid":70,"event":"x"})").has_value());
  CHECK(!parse_log_event(R"({"time":"x","level":"info","msg":"hello"})").has_value());
  CHECK(!parse_log_event(R"({"time":)").has_value());
  CHECK(!parse_log_event(R"({"time":[[[[)").has_value());
  CHECK(!parse_log_event("listening on 3000").has_value());
  CHECK(!parse_log_event("").has_value());
}
