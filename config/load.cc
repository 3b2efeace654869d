#include "config/load.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "config/validate.h"
#include "config/yaml_source.h"

namespace lastcall::config {
namespace {

void append(auto& list, auto more) { list.insert(list.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end())); }

std::vector<Assignment> all_assignments(const Sources& sources, Diagnostics& diagnostics) {
  std::vector<Assignment> assignments;
  if (sources.file) {
    Result<std::string> text = read_file(*sources.file);
    if (text)
      append(assignments, yaml_assignments(text.value(), *sources.file, diagnostics));
    else
      diagnostics.push_back({{*sources.file}, text.error().message});
  }
  if (sources.use_option_variables) append(assignments, environment_assignments(sources.environment, diagnostics));
  append(assignments, sources.flags);
  return assignments;
}

// What the platform suggests, where the user said nothing.
void apply_platform(const Sources& sources, const Origins& origins, Settings& settings) {
  const Platform platform = detect_platform(sources.environment, sources.facts);
  core::GraceOptions& grace = settings.grace;
  const auto origin = origins.find("grace");
  settings.grace_source = origin == origins.end() ? std::string(platform.name) : origin->second.source;
  if (origin == origins.end()) grace.grace = platform.grace;
  // Where the command has our manager's socket, it speaks for itself and we are silent.
  const bool asks_for_more = variable(sources.environment, "NOTIFY_SOCKET") && !settings.child.env.systemd;
  settings.grace_advice = grace_advice(platform, grace.grace, asks_for_more);
  settings.control.platform_keeps_ready = platform.lame_duck;
  settings.term_confirms = platform.interrupts();
  if (!platform.lame_duck || grace.lame_duck || settings.no_proxy) return;
  grace.lame_duck = platform_lame_duck(grace.grace);
  // Nobody asked for it: where the parts that somebody did ask for leave no room, it is the one to go.
  if (!core::GraceBudget::make(grace)) grace.lame_duck.reset();
}

void apply_default_listener(const Environment& environment, Settings& settings, Diagnostics& diagnostics) {
  if (settings.no_proxy || !settings.listen.empty()) return;
  const std::string_view port = variable(environment, "PORT").value_or("");
  Result<Address> address = Address::parse(fmt::format(":{}", port.empty() ? "8080" : port));
  if (address)
    settings.listen.push_back(std::move(address).value());
  else
    diagnostics.push_back({{"PORT"}, fmt::format("{} is not a port, and without --listen lastcall listens there", quoted(port))});
}

// Whoever asks for several copies wants that one of them may fail (decision 16).
void apply_restart_default(const Origins& origins, Settings& settings) {
  if (settings.instances > 1 && !origins.contains("restart.policy")) settings.restart.mode = core::RestartMode::on_failure;
}

// The file's mistakes from top to bottom, as a person repairs them; then all others as they came.
void sort_by_line(Diagnostics& diagnostics) {
  const auto rank = [](const Diagnostic& each) {
    constexpr int kOutsideFiles = std::numeric_limits<int>::max();
    return std::pair(each.place.line > 0 ? each.place.line : kOutsideFiles, each.place.column);
  };
  std::stable_sort(diagnostics.begin(), diagnostics.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

}  // namespace

Loaded load(const Sources& sources) {
  Loaded loaded;
  Origins origins;
  apply(all_assignments(sources, loaded.diagnostics), loaded.settings, origins, loaded.diagnostics);
  apply_platform(sources, origins, loaded.settings);
  apply_restart_default(origins, loaded.settings);
  if (!origins.contains("listen")) apply_default_listener(sources.environment, loaded.settings, loaded.diagnostics);
  append(loaded.diagnostics, validate(loaded.settings, origins));
  if (loaded.diagnostics.empty()) append(loaded.diagnostics, validate_budget(loaded.settings, origins));
  sort_by_line(loaded.diagnostics);
  return loaded;
}

Result<Settings> load_text(std::string_view yaml) {
  Diagnostics diagnostics;
  Settings settings;
  Origins origins;
  apply(yaml_assignments(yaml, "settings", diagnostics), settings, origins, diagnostics);
  append(diagnostics, validate(settings, origins));
  if (diagnostics.empty()) append(diagnostics, validate_budget(settings, origins));
  if (!diagnostics.empty()) return Error{0, to_string(diagnostics.front())};
  return settings;
}

}  // namespace lastcall::config
