#include "app/rehearse_arguments.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "app/help_text.h"
#include "base/duration_text.h"
#include "config/diagnostics.h"
#include "config/nearest.h"
#include "config/option_table.h"

namespace lastcall::app {
namespace {

using Words = std::vector<std::string>;

constexpr std::size_t kMostClients = 1000;
constexpr Duration kLongest = std::chrono::hours(1);

config::Diagnostic usage(std::string_view flag, std::string message) { return {{std::string(flag)}, std::move(message), true}; }

std::string platforms() {
  std::string text;
  for (const std::string_view name : config::platform_names()) text += fmt::format("{}{}", text.empty() ? "" : ", ", name);
  return text;
}

// Takes its own options out of the words before `--`.
class Taker {
 public:
  explicit Taker(rehearsal::RehearseOptions& options) : options_(options) {}

  Words take(const Words& words) {
    Words rest;
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::size_t equals = words[i].find('=');
      const std::string name = words[i].substr(0, equals);
      const CommandFlag* flag = find(name);
      if (flag == nullptr) {
        if (!mistyped(name)) rest.push_back(words[i]);
      } else if (flag->placeholder.empty() && equals != name.npos) {
        mistakes.push_back(usage(name, fmt::format("takes no value; write {} alone", name)));
      } else if (flag->placeholder.empty()) {
        set_switch(name);
      } else if (equals == name.npos && i + 1 == words.size()) {
        mistakes.push_back(usage(name, fmt::format("needs a value: {} {}", name, flag->placeholder)));
      } else {
        set_value(name, equals == name.npos ? words[++i] : words[i].substr(equals + 1));
      }
    }
    if (options_.wait && traffic_)
      mistakes.push_back(usage("--wait", "leaves the traffic to you; leave --load, --path and --duration out"));
    return rest;
  }

  config::Diagnostics mistakes;

 private:
  static const CommandFlag* find(std::string_view name) {
    const auto flags = rehearse_flags();
    const auto found = std::ranges::find(flags, name, &CommandFlag::flag);
    return found == flags.end() ? nullptr : &*found;
  }

  // Of ours, and not nearly one of a start's, which its own parser looks at.
  bool mistyped(const std::string& word) {
    const bool of_a_start = std::ranges::any_of(config::option_table(), [&](const config::Option& each) { return each.flag() == word; }) ||
                            std::ranges::any_of(command_flags(), [&](const CommandFlag& each) { return each.flag == word; });
    if (!word.starts_with("--") || of_a_start) return false;
    std::vector<std::string> ours;
    for (const CommandFlag& flag : rehearse_flags()) ours.emplace_back(flag.flag.substr(2));
    const std::string guess = config::nearest(word.substr(2), ours);
    if (guess.empty()) return false;
    mistakes.push_back({{}, fmt::format("unknown option {}; did you mean --{}?", config::quoted(word), guess), true});
    return true;
  }

  void set_switch(std::string_view name) {
    if (name == "--wait") options_.wait = true;
    if (name == "--no-compare") options_.compare = false;
    if (name == "--run-hooks") options_.run_hooks = true;
    if (name == "--strict") options_.strict = true;
    if (name == "--json") options_.json = true;
    if (name == "--verbose") options_.verbose = true;
  }

  void set_value(std::string_view name, const std::string& value) {
    traffic_ = traffic_ || name != "--platform";
    if (name == "--load") set_load(value);
    if (name == "--path") set_path(value);
    if (name == "--duration") set_duration(value);
    if (name == "--platform") set_platform(value);
  }

  void set_load(const std::string& text) {
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, options_.load);
    if (result.ec != std::errc() || result.ptr != end || options_.load == 0 || options_.load > kMostClients)
      mistakes.push_back(usage("--load", fmt::format("{} is no number of clients; write 1 to {}, or --wait for traffic of your own",
                                                     config::quoted(text), kMostClients)));
  }

  // What would end the request line is no path.
  void set_path(const std::string& text) {
    const bool clean = std::ranges::all_of(text, [](char c) { return c > ' ' && c != '\x7f'; });
    if (text.empty() || text.front() != '/' || !clean)
      mistakes.push_back(usage("--path", fmt::format("{} is no path; write for example /health", config::quoted(text))));
    options_.path = text;
  }

  void set_duration(const std::string& text) {
    const auto value = parse_duration(text);
    if (!value)
      mistakes.push_back(usage("--duration", value.error().message));
    else if (value.value() > kLongest)
      mistakes.push_back(usage("--duration", "is longer than an hour; write for example 3s"));
    else
      options_.duration = value.value();
  }

  void set_platform(const std::string& text) {
    const std::size_t equals = text.find('=');
    const auto platform = config::platform_named(text.substr(0, equals));
    if (!platform)
      return mistakes.push_back(usage("--platform", fmt::format("{} is not known; write one of {}", config::quoted(text), platforms())));
    options_.platform = *platform;
    options_.platform_given = true;
    if (equals == text.npos) return;
    const auto limit = parse_duration(text.substr(equals + 1));
    if (!limit) return mistakes.push_back(usage("--platform", limit.error().message));
    options_.platform.grace = limit.value();
  }

  rehearsal::RehearseOptions& options_;
  bool traffic_ = false;
};

// Where none is named: the one that we are on, else docker, which is everywhere and has the shortest patience but one.
config::Platform default_platform(const config::Environment& environment, const config::PlatformFacts& facts) {
  const config::Platform here = config::detect_platform(environment, {.pid = facts.pid, .terminal = false});
  return here.name == "default" ? *config::platform_named("docker") : here;
}

}  // namespace

CommandLine parse_rehearsal(const std::vector<std::string>& arguments, const config::Environment& environment, const ProcessFacts& facts) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const Words before(arguments.begin() + 1, dashes);
  if (std::ranges::count(before, "--help") + std::ranges::count(before, "-h") > 0) {
    CommandLine help;
    help.action = Action::print;
    help.output = rehearse_help_text(facts.color);
    return help;
  }
  rehearsal::RehearseOptions options;
  options.platform = default_platform(environment, facts.platform);
  Taker taker(options);
  Words start = taker.take(before);
  start.insert(start.end(), dashes, arguments.end());

  ProcessFacts played = facts;
  played.platform.chosen = options.platform;
  CommandLine result = parse_command_line(start, environment, played);
  result.subcommand = "rehearse ";
  for (config::Diagnostic& each : result.diagnostics)
    if (const std::size_t at = each.message.find("lastcall --"); each.usage && at != std::string::npos) each.message.insert(at + 9, "rehearse ");
  if (result.action == Action::run && result.settings.tcp && !options.wait)
    taker.mistakes.push_back(usage("--tcp", "is not HTTP, so there is no traffic that a rehearsal could send; add --wait and send yours"));
  if (!taker.mistakes.empty()) {
    if (result.action != Action::fail) result = {};
    result.subcommand = "rehearse ";
    result.action = Action::fail;
    if (result.diagnostics.empty()) result.exit_code = core::ExitCode::usage;
    result.diagnostics.insert(result.diagnostics.begin(), taker.mistakes.begin(), taker.mistakes.end());
  }
  if (result.action != Action::run) return result;
  result.action = Action::rehearse;
  result.rehearse = options;
  result.color = facts.color;
  return result;
}

}  // namespace lastcall::app
