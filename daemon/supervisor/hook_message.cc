#include "supervisor/hook_message.h"

#include <nlohmann/json.hpp>

namespace lastcall::supervisor {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t count_in(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

std::string_view without_space(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::vector<std::string> hook_variables(const HookCallText& call) {
  const HookSituation& now = call.situation;
  std::vector<std::string> variables{
      "LASTCALL_EVENT=" + std::string(to_string(call.hook.on)),
      "LASTCALL_HOOK=" + call.hook.name,
      "LASTCALL_PHASE=" + std::string(now.phase),
      "LASTCALL_IN_FLIGHT=" + std::to_string(now.in_flight),
      "LASTCALL_TIMEOUT_MS=" + std::to_string(to_ms(call.time)),
  };
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty()) variables.push_back(std::string(name) + "=" + std::string(value));
  };
  add("LASTCALL_REASON", now.reason);
  add("LASTCALL_SIGNAL", now.signal);
  if (now.exit_code) add("LASTCALL_EXIT_CODE", std::to_string(*now.exit_code));
  if (now.deadline_left) add("LASTCALL_DEADLINE_LEFT_MS", std::to_string(to_ms(*now.deadline_left)));
  if (now.child_pid != 0) add("LASTCALL_CHILD_PID", std::to_string(now.child_pid));
  add("LASTCALL_FORCED", call.about.forced);
  if (call.about.copy) {
    add("LASTCALL_INSTANCE", std::to_string(*call.about.copy));
    add("LASTCALL_RESTARTS", std::to_string(call.about.restarts));
  }
  return variables;
}

std::string hook_json(const HookCallText& call) {
  const HookSituation& now = call.situation;
  Json json{{"event", to_string(call.hook.on)}, {"name", call.hook.name}, {"timeout_ms", to_ms(call.time)}, {"phase", now.phase},
            {"in_flight", now.in_flight}};
  if (!now.reason.empty()) json["reason"] = now.reason;
  if (!now.signal.empty()) json["signal"] = now.signal;
  if (now.exit_code) json["exit_code"] = *now.exit_code;
  if (now.deadline_left) json["deadline_left_ms"] = to_ms(*now.deadline_left);
  if (now.child_pid != 0) json["child_pid"] = now.child_pid;
  if (!call.about.forced.empty()) json["forced"] = call.about.forced;
  if (call.about.copy) json["instance"] = *call.about.copy, json["restarts"] = call.about.restarts;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

BufferCounts read_buffer_counts(std::string_view answer) {
  answer = without_space(answer);
  Json json = Json::parse(answer, nullptr, false);
  if (!json.is_object()) json = Json::parse(without_space(answer.substr(answer.rfind('\n') + 1)), nullptr, false);
  if (!json.is_object()) return {};
  return {count_in(json, "flushed"), count_in(json, "dropped")};
}

}  // namespace lastcall::supervisor
