#include "control/json_body.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/duration_text.h"
#include "base/people_text.h"

namespace lastcall::control {
namespace {

using Json = nlohmann::json;

Error bad(std::string why) { return {400, std::move(why)}; }

Error wrong_type(const char* name, const char* wanted) { return bad(fmt::format("\"{}\" must be {}", name, wanted)); }

constexpr std::size_t kQuoted = 40;

}  // namespace

struct JsonBody::Value {
  Json json;
  const Json* find(const char* name) const {
    const auto member = json.find(name);
    return member == json.end() || member->is_null() ? nullptr : &*member;
  }
};

JsonBody::JsonBody(std::unique_ptr<Value> value) : value_(std::move(value)) {}
JsonBody::JsonBody(JsonBody&&) noexcept = default;
JsonBody::~JsonBody() = default;

Result<JsonBody> JsonBody::parse(const std::string& text, std::initializer_list<std::string_view> known) {
  auto value = std::make_unique<Value>();
  value->json = Json::object();
  try {
    if (!text.empty()) value->json = Json::parse(text);
  } catch (const Json::exception& failure) {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: ...": what stands before the place is of no use to people.
    const std::string_view what(failure.what());
    return bad(fmt::format("the body is not JSON: {}", what.substr(std::min(what.find(']') + 2, what.size())).substr(0, 160)));
  }
  if (!value->json.is_object()) return bad("the body must be a JSON object, such as {}");
  for (const auto& [name, member] : value->json.items()) {
    if (std::ranges::count(known, std::string_view(name)) > 0) continue;
    std::string names;
    for (const std::string_view one : known) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", one);
    return bad(fmt::format("\"{}\" is not known here; there is {}", name.substr(0, kQuoted), names.empty() ? "nothing" : names));
  }
  return JsonBody(std::move(value));
}

Result<std::optional<std::string>> JsonBody::text(const char* name, std::size_t longest) const {
  const Json* member = value_->find(name);
  if (member == nullptr) return std::optional<std::string>();
  if (!member->is_string()) return wrong_type(name, "a string");
  std::string text = member->get<std::string>();
  TRY(check_text(name, text, longest));
  return std::optional(std::move(text));
}

Result<std::optional<std::int64_t>> JsonBody::number(const char* name, std::int64_t least, std::int64_t most) const {
  const Json* member = value_->find(name);
  if (member == nullptr) return std::optional<std::int64_t>();
  const bool huge = member->is_number_unsigned() && member->get<std::uint64_t>() > INT64_MAX;
  if (!member->is_number_integer() || huge || member->get<std::int64_t>() < least || member->get<std::int64_t>() > most)
    return bad(fmt::format("\"{}\" must be a whole number from {} to {}", name, least, most));
  return std::optional(member->get<std::int64_t>());
}

Result<std::optional<bool>> JsonBody::boolean(const char* name) const {
  const Json* member = value_->find(name);
  if (member == nullptr) return std::optional<bool>();
  if (!member->is_boolean()) return wrong_type(name, "true or false");
  return std::optional(member->get<bool>());
}

Result<std::optional<Duration>> JsonBody::duration(const char* name) const {
  const Json* member = value_->find(name);
  if (member == nullptr) return std::optional<Duration>();
  const std::string text = member->is_string() ? member->get<std::string>() : member->is_number() ? member->dump() : "";
  auto parsed = parse_duration(text);
  if (!parsed) return wrong_type(name, "a time, such as \"60s\", or a number of seconds");
  return std::optional(parsed.value());
}

Status check_text(std::string_view name, std::string_view text, std::size_t longest) {
  if (text.empty()) return bad(fmt::format("\"{}\" must not be empty", name));
  if (text.size() > longest) return bad(fmt::format("\"{}\" has {} bytes; it may have {}", name, text.size(), longest));
  if (plain_line(text) != text) return bad(fmt::format("\"{}\" must not contain control characters", name));
  return {};
}

}  // namespace lastcall::control
