#include "app/ctl_command.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/diagnostics.h"
#include "config/nearest.h"
#include "config/option_table.h"

namespace lastcall::app {
namespace {

constexpr CtlVerb kVerbs[] = {
    {"status", "", "What lastcall is doing: phase, requests in flight, instances; with --watch until it ends"},
    {"connections", "", "Who is connected now: peer, age, bytes, request; what a drain waits for"},
    {"jobs", "", "The jobs under way"},
    {"drain", "", "Ask load balancers to stay away, and go on serving; until undrain or stop"},
    {"undrain", "", "Take a drain back"},
    {"stop", "", "Stop the service in order, or with --instance one instance; with --now the next harder step"},
    {"kill", "", "With --instance: end one instance at once"},
    {"scale", "N", "Run N instances"},
    {"reopen", "", "Open log.file and access_log_file anew, after they were renamed; returns once nobody writes to the old ones"},
    {"loglevel", "LEVEL", "Write log lines from this level on: debug, info, warn, error, off"},
};

constexpr CtlFlag kFlags[] = {
    {"--socket", "PATH", "Which lastcall; else LASTCALL_SOCKET, that of PID 1, or the only one"},
    {"--json", "", "Print the answer as JSON, one line"},
    {"--watch", "", "With status: go on until the service has ended"},
    {"--now", "", "With stop: do not wait for requests; again: kill"},
    {"--instance", "K", "With stop and kill: only this one"},
};

constexpr ExitMeaning kExits[] = {
    {"0", "done; status: serving"},
    {"1", "lastcall says no, and why"},
    {"3", "status: starting, draining or stopping"},
    {"64", "a mistake on the command line"},
    {"69", "no lastcall answers"},
    {"77", "this user may not"},
};

Error usage(std::string why) { return {0, std::move(why)}; }

Error unknown_verb(const std::string& word) {
  std::vector<std::string> names;
  for (const CtlVerb& verb : kVerbs) names.emplace_back(verb.name);
  const std::string guess = config::nearest(word, names);
  return usage(fmt::format("ctl knows no {}; {}", config::quoted(word), guess.empty() ? "lastcall ctl --help lists what it knows" : fmt::format("did you mean {}?", guess)));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 4 && text.find_first_not_of("0123456789") == text.npos;
}

const CtlFlag* find_flag(std::string_view name) {
  const auto* found = std::ranges::find(kFlags, name, &CtlFlag::name);
  return found == std::end(kFlags) ? nullptr : found;
}

Status set_flag(CtlWish& wish, const CtlFlag& flag, std::string value) {
  if (flag.name == "--socket") wish.socket = std::move(value);
  if (flag.name == "--instance") wish.instance = std::move(value);
  if (flag.name == "--json") wish.json = true;
  if (flag.name == "--watch") wish.watch = true;
  if (flag.name == "--now") wish.now = true;
  if (wish.instance && !is_number(*wish.instance))
    return usage("--instance needs a number; write for example --instance 0");
  return {};
}

Status check(const CtlWish& wish) {
  if (wish.verb.empty()) return usage("ctl needs a command; write for example lastcall ctl status");
  const auto* verb = std::ranges::find(kVerbs, wish.verb, &CtlVerb::name);
  if (verb == std::end(kVerbs)) return unknown_verb(wish.verb);
  if (!verb->arguments.empty() && wish.argument.empty())
    return usage(fmt::format("ctl {0} needs {1}; write for example lastcall ctl {0} {2}", verb->name, verb->arguments,
                             wish.verb == "scale" ? "2" : "debug"));
  if (verb->arguments.empty() && !wish.argument.empty())
    return usage(fmt::format("ctl {} takes no {}", verb->name, config::quoted(wish.argument)));
  if (wish.verb == "scale" && !is_number(wish.argument)) return usage("ctl scale needs a number; write for example lastcall ctl scale 2");
  if (wish.verb == "loglevel" && std::ranges::count(config::find_option("log.level")->choices, wish.argument) == 0)
    return usage(fmt::format("{} is none of debug, info, warn, error, off", config::quoted(wish.argument)));
  if (wish.watch && wish.verb != "status") return usage("--watch belongs to ctl status");
  if (wish.now && (wish.verb != "stop" || wish.instance)) return usage("--now belongs to ctl stop; one instance is ended at once by ctl kill");
  if (wish.instance && wish.verb != "stop" && wish.verb != "kill") return usage("--instance belongs to ctl stop and ctl kill");
  if (wish.verb == "kill" && !wish.instance) return usage("ctl kill needs --instance; the whole service ends at once by ctl stop --now");
  return {};
}

}  // namespace

std::span<const CtlVerb> ctl_verbs() { return kVerbs; }
std::span<const CtlFlag> ctl_flags() { return kFlags; }
std::span<const ExitMeaning> ctl_exit_meanings() { return kExits; }

Result<CtlWish> parse_ctl(const std::vector<std::string>& words) {
  CtlWish wish;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--help" || word == "-h" || (i == 0 && word == "help")) {
      wish.help = true;
      return wish;
    }
    if (!word.starts_with('-')) {
      std::string& place = wish.verb.empty() ? wish.verb : wish.argument;
      if (!place.empty()) return usage(fmt::format("{} is one word too many", config::quoted(word)));
      place = word;
      continue;
    }
    const std::size_t equals = word.find('=');
    const CtlFlag* flag = find_flag(word.substr(0, equals));
    if (flag == nullptr) return usage(fmt::format("ctl has no {}; lastcall ctl --help lists what it has", config::quoted(word)));
    if (flag->value.empty() && equals != word.npos) return usage(fmt::format("{} takes no value", flag->name));
    if (!flag->value.empty() && equals == word.npos && i + 1 == words.size()) return usage(fmt::format("{} needs {}", flag->name, flag->value));
    TRY(set_flag(wish, *flag, flag->value.empty() ? "" : equals != word.npos ? word.substr(equals + 1) : words[++i]));
  }
  TRY(check(wish));
  return wish;
}

std::string ctl_help() {
  std::string text = "lastcall ctl: asks a running lastcall, or tells it what to do.\n\n  lastcall ctl COMMAND [options]\n\nCommands\n";
  for (const CtlVerb& verb : kVerbs)
    text += fmt::format("  {:<20}{}\n", fmt::format("{}{}{}", verb.name, verb.arguments.empty() ? "" : " ", verb.arguments), verb.help);
  text += "\nOptions\n";
  for (const CtlFlag& flag : kFlags)
    text += fmt::format("  {:<20}{}\n", fmt::format("{}{}{}", flag.name, flag.value.empty() ? "" : " ", flag.value), flag.help);
  text += "\nExit codes\n";
  for (const ExitMeaning& exit : kExits) text += fmt::format("  {:<20}{}\n", exit.codes, exit.meaning);
  return text;
}

}  // namespace lastcall::app
