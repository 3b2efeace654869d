#include "support/event_log.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace lastcall::test {
namespace {

void flatten(const nlohmann::json& object, const std::string& prefix, Event& event) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_structured()) {
      flatten(value, prefix + key + ".", event);
    } else {
      event.fields[prefix + key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
}

}  // namespace

std::string Event::text(const std::string& key) const {
  const auto found = fields.find(key);
  return found == fields.end() ? "" : found->second;
}

std::int64_t Event::number(const std::string& key) const {
  const std::string digits = text(key);
  return digits.empty() ? -1 : std::strtoll(digits.c_str(), nullptr, 10);
}

std::optional<Event> parse_event(std::string_view line) {
  if (line.empty() || line.front() != '{') return std::nullopt;
  const nlohmann::json object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object() || !object.contains("event") || !object["event"].is_string()) return std::nullopt;
  Event event;
  event.name = object["event"].get<std::string>();
  flatten(object, "", event);
  return event;
}

}  // namespace lastcall::test
