#include "config/hook_options.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/binary.h>
#include <yaml-cpp/yaml.h>

#include "base/duration_text.h"
#include "config/diagnostics.h"
#include "config/nearest.h"
#include "config/print_config.h"

namespace lastcall::config {
namespace {

constexpr std::size_t kMostHooks = 100;
constexpr std::array<std::string_view, 6> kMethods{"POST", "GET", "PUT", "DELETE", "HEAD", "PATCH"};

std::vector<std::string> event_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < core::kHookEventCount; ++i) names.emplace_back(to_string(static_cast<core::HookEvent>(i)));
  return names;
}

Status parse_event(const std::string& text, core::HookEvent& event) {
  if (const auto found = core::parse_hook_event(text)) {
    event = *found;
    return {};
  }
  const std::string guess = nearest(text, event_names());
  return Error{0, fmt::format("{} is not an event; {}there are {}", quoted(text), guess.empty() ? "" : fmt::format("did you mean {}? ", guess),
                              fmt::join(event_names(), ", "))};
}

bool visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && static_cast<unsigned char>(c) < 0x7f; });
}

// "POST /flush", "/flush", "GET http://127.0.0.1:9000/flush"
Result<HookRequest> parse_request(std::string_view text) {
  HookRequest request;
  const auto wrong = [&](std::string_view why) {
    return Error{0, fmt::format("{} is no request: {}; write for example POST /flush, or POST http://127.0.0.1:9000/flush", quoted(text), why)};
  };
  std::string_view target = text;
  if (const std::size_t blank = text.find(' '); blank != text.npos) {
    request.method = text.substr(0, blank);
    target = text.substr(blank + 1);
    if (std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end()) return wrong("its method is unknown");
  }
  if (target.starts_with("https://")) return wrong("TLS is not spoken here, use a command such as curl");
  constexpr std::string_view kScheme = "http://";
  if (target.starts_with(kScheme)) {
    target.remove_prefix(kScheme.size());
    const std::size_t slash = std::min(target.find('/'), target.size());
    std::string host(target.substr(0, slash));
    if (host.find(':') == host.npos || host.ends_with(']')) host += ":80";
    auto address = Address::parse(host);
    if (!address) return wrong("the host has to be a numeric address, with a port");
    request.address = std::move(address).value();
    target.remove_prefix(slash);
    if (target.empty()) target = "/";
  }
  if (!target.starts_with('/') || !visible(target) || target.find('#') != target.npos) return wrong("a path begins with a slash");
  request.path = target;
  return request;
}

std::string request_text(const HookRequest& request) {
  return request.method + " " + (request.address ? "http://" + request.address->to_string() : "") + request.path;
}

// What people would call it: the program, or the last part of the path.
std::string default_name(const HookSettings& hook) {
  std::string name = hook.http ? hook.http->path.substr(0, hook.http->path.find('?')) : hook.run.front();
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  name = name.substr(name.rfind('/') + 1);
  std::erase_if(name, [](char c) { return c <= ' ' || static_cast<unsigned char>(c) >= 0x7f || std::string_view("/?#%").find(c) != std::string_view::npos; });
  name.resize(std::min<std::size_t>(name.size(), core::kLongestHookName));
  return name.empty() ? std::string(to_string(hook.hook.on)) : name;
}

Status parse_name(const std::string& text, std::string& name) {
  if (text.empty() || text.size() > core::kLongestHookName || !visible(text) || text.find_first_of("/?#%") != text.npos)
    return Error{0, fmt::format("{} is no name for a hook: 1 to 200 printable ASCII characters, without spaces and / ? # %", quoted(text))};
  name = text;
  return {};
}

Status parse_timeout(const std::string& text, Duration& timeout) {
  const auto value = parse_duration(text);
  if (!value) return value.error();
  if (value.value() <= Duration::zero() || value.value() == kInfinite)
    return Error{0, fmt::format("{} is no timeout for a hook: it is more than zero and has an end", quoted(text))};
  timeout = value.value();
  return {};
}

Status read_field(const RecordField& field, HookSettings& hook, bool& timed) {
  if (field.key == "run") {
    hook.run = field.values;
    if (hook.run.empty() || hook.run.front().empty()) return Error{0, "the command is empty; write for example run: [./flush.sh, --all]"};
    if (!field.list && hook.run.front().find(' ') != std::string::npos)
      return Error{0, fmt::format("run: {} is not split into words, because there is no shell; write for example run: [./flush.sh, --all]",
                                  quoted(hook.run.front()))};
    return {};
  }
  if (field.list || field.values.size() != 1) return Error{0, fmt::format("{}: found a list where one value is wanted", field.key)};
  const std::string& text = field.values.front();
  if (field.key == "on") return parse_event(text, hook.hook.on);
  if (field.key == "name") return parse_name(text, hook.hook.name);
  if (field.key == "http") {
    hook.http = TRY(parse_request(text));
    return {};
  }
  if (field.key == "timeout") {
    timed = true;
    return parse_timeout(text, hook.hook.timeout);
  }
  const std::string guess = nearest(field.key, hook_keys());
  return Error{0, fmt::format("a hook has no key {}; {}", quoted(field.key),
                              guess.empty() ? fmt::format("it has {}", fmt::join(hook_keys(), ", ")) : fmt::format("did you mean {}?", guess))};
}

Result<HookSettings> read_record(const Record& record) {
  HookSettings hook;
  bool event = false, timed = false;
  for (const RecordField& field : record) {
    TRY(read_field(field, hook, timed));
    event = event || field.key == "on";
  }
  if (!event) return Error{0, fmt::format("a hook needs an event; write for example on: drained, or one of {}", fmt::join(event_names(), ", "))};
  if (hook.run.empty() && !hook.http) return Error{0, "a hook needs something to do; write run: [COMMAND, ...] or http: POST /path"};
  if (!hook.run.empty() && hook.http) return Error{0, "a hook does one thing, run or http; make two of it"};
  if (!timed) hook.hook.timeout = core::default_hook_timeout(hook.hook.on);
  if (hook.hook.name.empty()) hook.hook.name = default_name(hook);
  return hook;
}

// What is not UTF-8 travels as YAML's own type for bytes (print_config.cc).
std::string text_of(const YAML::Node& node) {
  const std::string text = node.as<std::string>();
  if (node.Tag() != "tag:yaml.org,2002:binary") return text;
  const std::vector<unsigned char> bytes = YAML::DecodeBase64(text);
  return {bytes.begin(), bytes.end()};
}

Result<Record> record_of(const YAML::Node& node) {
  if (!node.IsMap()) return Error{0, "a hook is a map such as {on: drained, run: [./flush.sh]}"};
  Record record;
  for (const auto& pair : node) {
    RecordField field{.key = text_of(pair.first), .values = {}, .list = pair.second.IsSequence()};
    if (field.list)
      for (const YAML::Node& each : pair.second) field.values.push_back(text_of(each));
    else
      field.values.push_back(text_of(pair.second));
    record.push_back(std::move(field));
  }
  return record;
}

// What the file's reader, a flag or a variable hands over.
Result<std::vector<Record>> parse_records(std::string_view text) {
  try {
    const YAML::Node node = YAML::Load(std::string(text));
    std::vector<Record> records;
    if (!node.IsSequence()) {
      records.push_back(TRY(record_of(node)));
      return records;
    }
    for (const YAML::Node& each : node) records.push_back(TRY(record_of(each)));
    return records;
  } catch (const YAML::Exception& failure) {
    return Error{0, fmt::format("{} is no hook: {}; write for example drained=./flush.sh, or {{on: drained, run: [./flush.sh, --all]}}",
                                quoted(text), failure.msg)};
  }
}

// EVENT=COMMAND ARGUMENT ...
Result<Record> parse_short(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return Error{0, fmt::format("{} names no command; write for example drained=./flush.sh", quoted(text))};
  RecordField run{.key = "run", .values = {}, .list = true};
  for (std::string_view rest = text.substr(equals + 1); !rest.empty();) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    if (end > 0) run.values.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return Record{{.key = "on", .values = {std::string(text.substr(0, equals))}}, run};
}

// What the grace has to know of the hooks.
void update_budget(Settings& settings) {
  core::GraceOptions& grace = settings.grace;
  grace.drained_hooks = grace.cleanup_hooks = grace.exit_hooks = Duration::zero();
  for (const HookSettings& each : settings.hooks) {
    if (each.hook.on == core::HookEvent::drained) grace.drained_hooks += each.hook.timeout;
    if (each.hook.on == core::HookEvent::cleanup || each.hook.on == core::HookEvent::forced) grace.cleanup_hooks += each.hook.timeout;
    if (each.hook.on == core::HookEvent::exit) grace.exit_hooks += each.hook.timeout;
  }
}

}  // namespace

std::vector<std::string> hook_keys() { return {"on", "name", "run", "http", "timeout"}; }

std::string record_text(const Record& record) {
  std::string text;
  for (const RecordField& field : record) {
    text += (text.empty() ? "{" : ", ") + field.key + ": ";
    std::string values;
    for (const std::string& value : field.values) values += (values.empty() ? "" : ", ") + flow_scalar(value);
    text += field.list ? "[" + values + "]" : values;
  }
  return text + "}";
}

Status add_hook(Settings& settings, std::string_view text) {
  std::vector<Record> records;
  if (text.starts_with('{') || text.starts_with('['))
    records = TRY(parse_records(text));
  else
    records.push_back(TRY(parse_short(text)));
  for (const Record& record : records) {
    if (settings.hooks.size() == kMostHooks) return Error{0, "more than 100 hooks; let one of them do what several do"};
    settings.hooks.push_back(TRY(read_record(record)));
  }
  update_budget(settings);
  return {};
}

void clear_hooks(Settings& settings) {
  settings.hooks.clear();
  update_budget(settings);
}

std::vector<std::string> print_hooks(const Settings& settings) {
  std::vector<std::string> texts;
  for (const HookSettings& each : settings.hooks) {
    Record record{{.key = "on", .values = {std::string(to_string(each.hook.on))}}, {.key = "name", .values = {each.hook.name}}};
    if (each.http)
      record.push_back({.key = "http", .values = {request_text(*each.http)}});
    else
      record.push_back({.key = "run", .values = each.run, .list = true});
    record.push_back({.key = "timeout", .values = {format_duration(each.hook.timeout)}});
    texts.push_back(record_text(record));
  }
  return texts;
}

}  // namespace lastcall::config
