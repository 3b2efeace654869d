#include "config/child_environment.h"

#include <algorithm>
#include <charconv>

#include "config/env_file.h"

namespace lastcall::config {
namespace {

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find('=')); }

void remove(Environment& environment, const std::vector<std::string>& names) {
  std::erase_if(environment, [&](const std::string& entry) { return std::ranges::count(names, name_of(entry)) > 0; });
}

// Which of systemd's variables the child gets although they were addressed to us (G148). Sockets that nobody here takes are the child's
// own; spawn() puts its pid into LISTEN_PID (P57). LISTEN_PIDFDID would name us beside it, and nobody can know the child's beforehand.
bool handed_on(const Settings& settings, const Environment& ours, std::string_view name, int pid) {
  if (name == "LISTEN_PIDFDID") return false;
  if (settings.child.env.systemd) return true;
  return settings.no_proxy && name.starts_with("LISTEN_") && variable(ours, "LISTEN_PID") == std::to_string(pid);
}

// Without the variables the child would not know what its descriptors from 3 on are, and a copy of a listener that nobody accepts from
// takes connections to their death.
int sockets_for_us(const Settings& settings, const Environment& ours, int pid) {
  if (variable(ours, "LISTEN_PID") != std::to_string(pid) || handed_on(settings, ours, "LISTEN_FDS", pid)) return 0;
  const std::string_view text = variable(ours, "LISTEN_FDS").value_or("");
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size() ? count : 0;
}

}  // namespace

void set_variable(Environment& environment, std::string_view entry) {
  const std::string_view name = name_of(entry);
  std::erase_if(environment, [&](const std::string& each) { return name_of(each) == name; });
  environment.emplace_back(entry);
}

ChildEnvironment child_environment(const Settings& settings, const Environment& ours, int pid, Diagnostics& diagnostics) {
  const EnvironmentSettings& wanted = settings.child.env;
  ChildEnvironment result;
  result.sockets_for_us = sockets_for_us(settings, ours, pid);
  if (wanted.inherit)
    result.inherited = stripped_environment(ours, [&](std::string_view name) { return handed_on(settings, ours, name, pid); });
  for (const std::string& file : wanted.files)
    for (const std::string& entry : read_env_file(file, diagnostics)) set_variable(result.written, entry);
  remove(result.inherited, wanted.unset);
  remove(result.written, wanted.unset);
  for (const std::string& entry : wanted.set) set_variable(result.written, entry);
  return result;
}

}  // namespace lastcall::config
