#include "supervisor/hook_message.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace lastcall;
using namespace lastcall::supervisor;

TEST_CASE("the counts of buffers are read from the whole answer or from its last line") {
  CHECK(read_buffer_counts(R"({"flushed": 7, "dropped": 2})").flushed == 7);
  CHECK(read_buffer_counts(R"({"flushed": 7, "dropped": 2})").dropped == 2);
  CHECK(read_buffer_counts("{\n  \"flushed\": 8\n}\n").flushed == 8);
  CHECK(read_buffer_counts("flushing...\n{\"flushed\": 9}\n\n").flushed == 9);
}

TEST_CASE("an answer that is no such object counts nothing, whatever it is") {
  for (const char* answer : {"", "\n", "ok", "[1, 2]", "{\"flushed\": -1}", "{\"flushed\": 1.5}", "{\"flushed\": \"7\"}", "{\"flushed\":", "null",
                             "{\"flushed\": 99999999999999999999999}"})
    CHECK(read_buffer_counts(answer).flushed == 0);
  CHECK(read_buffer_counts(std::string(16 * 1024, '[')).flushed == 0);
}

TEST_CASE("a hook is told what is known and nothing else") {
  const core::Hook hook{.on = core::HookEvent::forced, .name = "tell"};
  const HookSituation full{.phase = "killing", .reason = "stop_requested", .signal = "SIGTERM", .exit_code = 3, .in_flight = 2,
                           .deadline_left = milliseconds(250), .child_pid = 7};
  const core::HookOccasion kill{.forced = "kill"}, third{.copy = 2, .child_pid = 7, .restarts = 4}, none;
  const auto variables = hook_variables({hook, kill, seconds(5), full});
  for (const char* wanted : {"LASTCALL_EVENT=forced", "LASTCALL_HOOK=tell", "LASTCALL_PHASE=killing", "LASTCALL_REASON=stop_requested",
                             "LASTCALL_SIGNAL=SIGTERM", "LASTCALL_EXIT_CODE=3", "LASTCALL_IN_FLIGHT=2", "LASTCALL_DEADLINE_LEFT_MS=250",
                             "LASTCALL_TIMEOUT_MS=5000", "LASTCALL_CHILD_PID=7", "LASTCALL_FORCED=kill"})
    CHECK(std::ranges::count(variables, wanted) == 1);
  CHECK(hook_json({hook, kill, seconds(5), full}) ==
        R"({"event":"forced","name":"tell","timeout_ms":5000,"phase":"killing","in_flight":2,"reason":"stop_requested","signal":"SIGTERM",)"
        R"("exit_code":3,"deadline_left_ms":250,"child_pid":7,"forced":"kill"})");
  const HookSituation little{.phase = "serving", .reason = {}, .signal = {}, .exit_code = {}, .deadline_left = {}};
  CHECK(hook_variables({hook, none, seconds(5), little}).size() == 5);
  const auto of_one = hook_variables({hook, third, seconds(5), little});
  for (const char* wanted : {"LASTCALL_INSTANCE=2", "LASTCALL_RESTARTS=4"}) CHECK(std::ranges::count(of_one, wanted) == 1);
  CHECK(hook_json({hook, third, seconds(5), little}).ends_with(R"("instance":2,"restarts":4})"));
}
