#include "config/environment.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "config/nearest.h"

namespace lastcall::config {
namespace {

constexpr std::string_view kPrefix = "LASTCALL_";

constexpr std::array<ReservedName, 15> kReserved{{
    {"LASTCALL_SOCKET", "the control socket, for the command, hooks and `lastcall ctl`"},
    {"LASTCALL_INSTANCE", "the number of this copy of the command, from 0; INSTANCE says the same. For a hook at started or crashed: of the copy that it is about"},
    {"LASTCALL_COPY", "the mark by which lastcall knows what a copy of the command, or a hook, started"},
    {"LASTCALL_EVENT", "for a hook: the event"},
    {"LASTCALL_HOOK", "for a hook: its name"},
    {"LASTCALL_PHASE", "for a hook: the phase of the service"},
    {"LASTCALL_REASON", "for a hook: why the service ends"},
    {"LASTCALL_SIGNAL", "for a hook: the signal that asked for the stop"},
    {"LASTCALL_EXIT_CODE", "for a hook: at crashed the command's, at exit lastcall's own"},
    {"LASTCALL_IN_FLIGHT", "for a hook: requests, streams and jobs under way"},
    {"LASTCALL_DEADLINE_LEFT_MS", "for a hook: milliseconds until lastcall leaves for certain"},
    {"LASTCALL_TIMEOUT_MS", "for a hook: its own milliseconds"},
    {"LASTCALL_CHILD_PID", "for a hook: the command's process"},
    {"LASTCALL_RESTARTS", "for a hook at started or crashed: how often the copy named by LASTCALL_INSTANCE was started again"},
    {"LASTCALL_FORCED", "for a forced hook: which deadline came, drain or kill"},
}};

constexpr std::array<ReservedName, 7> kPrivate{{
    {"NOTIFY_SOCKET", "systemd's readiness protocol"},
    {"WATCHDOG_USEC", "systemd's watchdog"},
    {"WATCHDOG_PID", "systemd's watchdog"},
    {"LISTEN_FDS", "sockets that systemd opened"},
    {"LISTEN_PID", "the process that those sockets are for"},
    {"LISTEN_FDNAMES", "their names"},
    {"LISTEN_PIDFDID", "the process that those sockets are for"},
}};

bool listed(std::span<const ReservedName> names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const ReservedName& each) { return each.name == name; });
}

// Kubernetes describes every Service of the namespace in variables (and Docker every linked container), also one called "lastcall-api":
// LASTCALL_API_SERVICE_HOST, LASTCALL_API_PORT_80_TCP_ADDR. Refusing those would stop every pod of such a namespace.
bool describes_a_service(std::string_view name) {
  const std::string_view rest = name.substr(kPrefix.size() - 1);  // "_PORT"
  return rest.ends_with("_SERVICE_HOST") || rest.find("_SERVICE_PORT") != rest.npos || rest.ends_with("_PORT") ||
         rest.find("_PORT_") != rest.npos;
}

const Option* option_of(std::string_view variable_name) {
  if (!variable_name.starts_with(kPrefix)) return nullptr;  // nearly all: not worth a walk through the table at every start
  for (const Option& option : option_table())
    if (option.environment() == variable_name) return &option;
  return nullptr;
}

Diagnostic unknown(std::string_view name) {
  // Without the prefix, which would make every short name look near.
  std::vector<std::string> known{std::string(kConfigVariable.substr(kPrefix.size()))};
  for (const Option& option : option_table())
    if (const std::string each = option.environment(); !each.empty()) known.push_back(each.substr(kPrefix.size()));
  const std::string guess = nearest(name.substr(kPrefix.size()), known);
  const std::string advice = guess.empty() ? "lastcall --help lists them all" : fmt::format("did you mean {}{}?", kPrefix, guess);
  return {{std::string(name)}, "no option has this name; " + advice};
}

// Commas separate the values of a repeatable option; spaces around them don't count.
std::vector<Value> split(std::string_view text, const Place& place) {
  std::vector<Value> values;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) values.push_back({std::string(word), place});
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return values;
}

}  // namespace

std::optional<std::string_view> variable(const Environment& environment, std::string_view name) {
  for (const std::string_view entry : environment)
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') return entry.substr(name.size() + 1);
  return std::nullopt;
}

std::vector<Assignment> environment_assignments(const Environment& environment, Diagnostics& diagnostics) {
  std::vector<Assignment> assignments;
  for (const std::string_view entry : environment) {
    const std::size_t equals = entry.find('=');
    const std::string_view name = entry.substr(0, equals);
    if (!name.starts_with(kPrefix) || equals == entry.npos || equals + 1 == entry.size()) continue;
    if (name == kConfigVariable || listed(kReserved, name)) continue;
    const Place place{std::string(name)};
    if (const Option* option = option_of(name)) {
      const std::string_view text = entry.substr(equals + 1);
      assignments.push_back({option, place, option->repeatable && option->type != ValueType::records ? split(text, place) : std::vector<Value>{{std::string(text), place}}});
    } else if (!describes_a_service(name)) {
      diagnostics.push_back(unknown(name));
    }
  }
  return assignments;
}

std::span<const ReservedName> reserved_names() { return kReserved; }
std::span<const ReservedName> private_names() { return kPrivate; }

Environment stripped_environment(const Environment& environment, const NameFilter& handed_on) {
  Environment kept;
  for (const std::string& entry : environment) {
    const std::string_view name = std::string_view(entry).substr(0, entry.find('='));
    const bool hidden = listed(kPrivate, name) && !(handed_on && handed_on(name));
    if (name != kConfigVariable && option_of(name) == nullptr && !hidden) kept.push_back(entry);
  }
  return kept;
}

}  // namespace lastcall::config
