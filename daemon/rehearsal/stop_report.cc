#include "rehearsal/stop_report.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "os/signal_name.h"

namespace lastcall::rehearsal {
namespace {

using Json = nlohmann::json;

const Json* find(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string text(const Json& object, const char* key) {
  const Json* found = find(object, key);
  return found != nullptr && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::int64_t> number(const Json& object, const char* key) {
  const Json* found = find(object, key);
  return found != nullptr && found->is_number_integer() ? std::optional(found->get<std::int64_t>()) : std::nullopt;
}

int signal_in(const Json& object, const char* key) { return os::parse_signal(text(object, key)).value_or(0); }

CopyEnd copy(const Json& json) {
  CopyEnd copy{.pid = static_cast<int>(number(json, "pid").value_or(0)), .stop_signal = signal_in(json, "stop_signal")};
  if (const int by = signal_in(json, "signal"); by != 0)
    copy.end = core::ChildEnd{.by_signal = true, .value = by};
  else if (const auto code = number(json, "code"))
    copy.end = core::ChildEnd{.by_signal = false, .value = static_cast<int>(*code)};
  if (const auto after = number(json, "ended_after_ms")) copy.stop_time = milliseconds(*after);
  const Json* killed = find(json, "killed");
  copy.killed = killed != nullptr && *killed == true;
  copy.left_behind = static_cast<std::uint64_t>(std::max<std::int64_t>(number(json, "descendants_signalled").value_or(0), 0));
  return copy;
}

DroppedRequest dropped(const Json& json) { return {text(json, "request"), milliseconds(number(json, "age_ms").value_or(0))}; }

HookEnd hook(const Json& json) {
  return {.on = text(json, "on"), .name = text(json, "name"), .end = text(json, "end"), .why = text(json, "why"),
          .took = milliseconds(number(json, "took_ms").value_or(0))};
}

template <class Value>
std::vector<Value> list(const Json& json, const char* key, Value (*make)(const Json&)) {
  std::vector<Value> values;
  const Json* found = find(json, key);
  if (found == nullptr || !found->is_array()) return values;
  for (const Json& each : *found)
    if (each.is_object()) values.push_back(make(each));
  return values;
}

int badness(const CopyEnd& copy) {
  if (copy.killed) return 4;
  if (!copy.end) return 3;
  if (copy.end->by_signal) return copy.end->value == copy.stop_signal ? 1 : 3;
  return copy.end->value == 0 ? 0 : 2;
}

}  // namespace

std::optional<StopReport> parse_stop_report(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return StopReport{.text = std::string(text),
                    .copies = list(json, "children", copy),
                    .dropped = list(json, "dropped_requests", dropped),
                    .hooks = list(json, "hooks", hook)};
}

const CopyEnd* worst_of(const std::vector<CopyEnd>& copies) {
  const auto better = [](const CopyEnd& one, const CopyEnd& other) {
    const int first = badness(one), second = badness(other);
    return first != second ? first < second : one.stop_time.value_or(Duration::zero()) < other.stop_time.value_or(Duration::zero());
  };
  const auto worst = std::ranges::max_element(copies, better);
  return worst == copies.end() ? nullptr : &*worst;
}

}  // namespace lastcall::rehearsal
