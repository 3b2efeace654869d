#include "rehearsal/log_event.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

namespace lastcall::rehearsal {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_envelope(std::string_view key) { return key == "time" || key == "level" || key == "process" || key == "pid" || key == "event"; }

}  // namespace

const std::string* LogEvent::find(std::string_view key) const {
  const auto found = std::ranges::find(fields, key, [](const auto& field) { return std::string_view(field.first); });
  return found == fields.end() ? nullptr : &found->second;
}

std::string LogEvent::text(std::string_view key) const {
  const std::string* found = find(key);
  return found == nullptr ? "" : *found;
}

std::int64_t LogEvent::number(std::string_view key) const {
  const std::string* found = find(key);
  std::int64_t value = -1;
  if (found != nullptr) std::from_chars(found->data(), found->data() + found->size(), value);
  return value;
}

std::optional<LogEvent> parse_log_event(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto process = json.find("process");
  if (process == json.end() || *process != "supervisor" || !json.contains("event")) return std::nullopt;
  LogEvent event;
  event.name = text_of(json["event"]);
  if (json.contains("level")) event.level = text_of(json["level"]);
  for (const auto& [key, value] : json.items())
    if (!is_envelope(key)) event.fields.emplace_back(key, text_of(value));
  return event;
}

}  // namespace lastcall::rehearsal
