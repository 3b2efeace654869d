#include "app/reference_schema.h"

#include <nlohmann/json.hpp>

#include "config/option_table.h"

namespace lastcall::app {
namespace {

using config::Option;
using config::ValueType;
using Json = nlohmann::ordered_json;

// One hook: a map, or in short EVENT=COMMAND.
Json hook_schema() {
  const Json word{{"type", Json::array({"string", "number", "boolean"})}};
  Json events = Json::array();
  for (std::size_t i = 0; i < core::kHookEventCount; ++i) events.push_back(core::to_string(static_cast<core::HookEvent>(i)));
  Json record{{"type", "object"}, {"additionalProperties", false}, {"required", Json::array({"on"})}};
  record["properties"] = {{"on", {{"enum", std::move(events)}}},
                          {"name", {{"type", Json::array({"string", "integer"})}}},
                          {"run", {{"anyOf", Json::array({word, Json{{"type", "array"}, {"items", word}, {"minItems", 1}}})}}},
                          {"http", {{"type", "string"}}},
                          {"timeout", {{"type", Json::array({"string", "number"})}}}};
  return {{"anyOf", Json::array({record, Json{{"type", "string"}, {"pattern", "="}}})}};
}

Json value_schema(const Option& option) {
  switch (option.type) {
    case ValueType::boolean: return {{"type", "boolean"}};
    case ValueType::integer: return {{"type", "integer"}};
    case ValueType::number: return {{"type", "integer"}, {"minimum", 0}};
    case ValueType::duration:
      // 30 and 0 are numbers to YAML.
      return {{"type", Json::array({"string", "number"})},
              {"pattern", "^(infinity|([0-9]+(\\.[0-9]+)?(h|m|s|ms|us|ns)?)+)$"},
              {"minimum", 0}};
    case ValueType::address:
    case ValueType::signal: return {{"type", Json::array({"string", "integer"})}};  // 8080, 15
    case ValueType::path: return {{"type", "string"}, {"pattern", "^/"}};
    case ValueType::choice: return {{"enum", option.choices}};
    case ValueType::words: return {{"type", Json::array({"string", "number", "boolean"})}};  // an unquoted 8080 is an argument too
    case ValueType::map:
      return {{"type", "object"},
              {"additionalProperties", {{"type", Json::array({"string", "number", "boolean"})}}},
              {"minProperties", 1}};
    case ValueType::records: return hook_schema();
    case ValueType::text: break;
  }
  // What YAML reads as a number is text to us: a user 1000, a descriptor 3, a mask 027.
  return {{"type", Json::array({"string", "integer"})}, {"minLength", 1}};
}

Json option_schema(const Option& option) {
  Json value = value_schema(option);
  Json schema;
  schema["description"] = std::string(option.help) + ".";
  if (!option.repeatable) {
    schema.update(value);
    if (option.type == ValueType::boolean)
      schema["default"] = option.default_text == "true";
    else if (option.type == ValueType::number)
      schema["default"] = std::stoul(std::string(option.default_text));
    else if (!option.default_text.empty())
      schema["default"] = option.default_text;
    return schema;
  }
  const Json list = {{"type", "array"}, {"items", value}, {"minItems", 1}};
  if (option.type == ValueType::map)
    schema.update(value);
  else if (option.type == ValueType::words)
    schema.update(list);
  else
    schema["anyOf"] = Json::array({value, list});  // one value needs no brackets
  return schema;
}

}  // namespace

std::string json_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "lastcall configuration"},
                 {"type", "object"},
                 {"additionalProperties", false}};
  Json& properties = schema["properties"];
  for (const Option& option : config::option_table()) {
    if (option.section().empty()) {
      properties[option.key()] = option_schema(option);
      continue;
    }
    Json& section = properties[option.section()];
    section["type"] = "object";
    section["additionalProperties"] = false;
    section["properties"][option.key()] = option_schema(option);
  }
  // `stop: [INT 5s, TERM 10s]` and `stop: {steps: [...]}`.
  for (const Option& option : config::option_table()) {
    if (!option.stands_for_section) continue;
    Json& section = properties[option.section()];
    section = {{"anyOf", Json::array({section, option_schema(option)})}};
  }
  return schema.dump(2) + "\n";
}

}  // namespace lastcall::app
