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

constexpr std::string_view kBegin = "{\"time\":";

// A worker says nothing that a rehearsal needs; but it is not the command that says it.
bool is_workers(std::string_view line) { return line.find("\"process\":\"worker\",\"pid\":") != line.npos && Json::accept(line); }

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

// An event has quotes in none of its texts but as \", so that it can only begin at the last place that looks like its beginning.
PipeLine split_pipe_line(std::string_view line, int supervisor_pid) {
  const std::size_t at = line.rfind(kBegin);
  if (at == line.npos) return {.words = line, .event = {}};
  PipeLine parts{.words = {}, .event = parse_log_event(line.substr(at), supervisor_pid)};
  const bool ours = parts.event || is_workers(line.substr(at));
  if (!ours || at > 0) parts.words = ours ? line.substr(0, at) : line;
  return parts;
}

std::optional<LogEvent> parse_log_event(std::string_view line, int supervisor_pid) {
  if (!line.starts_with(kBegin)) return std::nullopt;
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto is = [&](const char* key, const Json& wanted) {
    const auto found = json.find(key);
    return found != json.end() && *found == wanted;
  };
  if (!is("process", "supervisor") || !is("pid", supervisor_pid) || !json.contains("event")) return std::nullopt;
  LogEvent event;
  event.name = text_of(json["event"]);
  if (json.contains("level")) event.level = text_of(json["level"]);
  for (const auto& [key, value] : json.items())
    if (!is_envelope(key)) event.fields.emplace_back(key, text_of(value));
  return event;
}

}  // namespace lastcall::rehearsal
