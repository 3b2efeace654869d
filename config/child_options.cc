#include "config/child_options.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "config/diagnostics.h"
#include "config/option_values.h"
#include "os/capabilities.h"
#include "os/resource_limits.h"
#include "os/signal_name.h"

namespace lastcall::config {
namespace {

using Texts = std::vector<std::string>;

template <class Number>
std::optional<Number> whole(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Status parse_between(std::string_view text, int least, int most, std::optional<std::int32_t>& value) {
  const auto number = whole<std::int32_t>(text);
  if (!number || *number < least || *number > most)
    return Error{0, fmt::format("{} is not a whole number from {} to {}", quoted(text), least, most)};
  value = *number;
  return {};
}

// 1024, 512M, unlimited
std::optional<std::uint64_t> parse_amount(std::string_view text) {
  if (text == "unlimited" || text == "infinity") return kUnlimited;
  constexpr std::string_view kUnits = "KMGT";
  const std::size_t unit = text.empty() ? kUnits.npos : kUnits.find(text.back());
  if (unit != kUnits.npos) text.remove_suffix(1);
  const unsigned shift = unit == kUnits.npos ? 0 : 10 * (static_cast<unsigned>(unit) + 1);
  const auto number = whole<std::uint64_t>(text);
  if (!number || *number > kUnlimited >> shift) return std::nullopt;
  return *number << shift;
}

std::string amount_text(std::uint64_t amount) { return amount == kUnlimited ? "unlimited" : std::to_string(amount); }

struct Pair {
  std::string_view name, value;
};
Result<Pair> split_pair(std::string_view text, std::string_view example) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0)
    return Error{0, fmt::format("{} is no pair of a name and a value; write for example {}", quoted(text), example)};
  return Pair{text.substr(0, equals), text.substr(equals + 1)};
}

// What the grace has to know of the steps.
void update_budget(Settings& settings) {
  core::GraceOptions& grace = settings.grace;
  grace.last_step_is_open = !settings.stop_steps.empty() && settings.stop_steps.back().time == kInfinite;
  grace.stop_steps.reset();
  for (const core::StopStep& step : settings.stop_steps)
    grace.stop_steps = grace.stop_steps.value_or(Duration::zero()) + (step.time == kInfinite ? Duration::zero() : step.time);
}

}  // namespace

Status add_limit(Settings& settings, std::string_view text) {
  const Pair pair = TRY(split_pair(text, "nofile=1024:4096"));
  const auto resource = os::parse_limit_name(pair.name);
  if (!resource)
    return Error{0, fmt::format("{} is not a limit; there are as, core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, "
                                "rss, rtprio, rttime, sigpending and stack", quoted(pair.name))};
  const std::size_t colon = pair.value.find(':');
  const auto soft = parse_amount(pair.value.substr(0, colon));
  const auto hard = colon == pair.value.npos ? soft : parse_amount(pair.value.substr(colon + 1));
  if (!soft || !hard)
    return Error{0, fmt::format("{} is no limit; write a number, 512M, unlimited, or SOFT:HARD such as 1024:4096", quoted(pair.value))};
  if (*soft > *hard) return Error{0, fmt::format("{}: the soft limit is above the hard one", quoted(pair.value))};
  std::erase_if(settings.child.limits, [&](const ResourceLimit& each) { return each.resource == *resource; });
  settings.child.limits.push_back({*resource, *soft, *hard});
  return {};
}

Texts print_limits(const Settings& settings) {
  Texts texts;
  for (const ResourceLimit& limit : settings.child.limits) {
    const std::string hard = limit.hard == limit.soft ? "" : ":" + amount_text(limit.hard);
    texts.push_back(fmt::format("{}={}{}", os::limit_name(limit.resource), amount_text(limit.soft), hard));
  }
  return texts;
}

Status add_capability(Settings& settings, std::string_view text) {
  const std::uint64_t others = settings.child.capabilities.value_or(0);
  if (text == "none") {
    settings.child.capabilities = others;
    return {};
  }
  const auto number = os::parse_capability(text);
  if (!number) return Error{0, fmt::format("{} is not a capability; write for example net_bind_service, or none", quoted(text))};
  settings.child.capabilities = others | std::uint64_t{1} << *number;
  return {};
}

void clear_capabilities(Settings& settings) { settings.child.capabilities.reset(); }

Texts print_capabilities(const Settings& settings) {
  if (!settings.child.capabilities) return {};
  if (*settings.child.capabilities == 0) return {"none"};
  Texts texts;
  for (int number = 0; number < 64; ++number)
    if ((*settings.child.capabilities >> number & 1) != 0) texts.push_back(os::capability_name(number));
  return texts;
}

Status add_descriptor(Settings& settings, std::string_view text) {
  auto& descriptors = settings.child.descriptors;
  if (text == "inherit") {
    descriptors.reset();
    return {};
  }
  if (!descriptors) descriptors.emplace();
  if (text == "none") return {};
  const auto number = whole<int>(text);
  if (!number || *number < 3)
    return Error{0, fmt::format("{} is no descriptor from 3 on; write a number, inherit or none", quoted(text))};
  if (std::ranges::count(*descriptors, *number) == 0) descriptors->push_back(*number);
  return {};
}

void clear_descriptors(Settings& settings) { settings.child.descriptors.reset(); }

Texts print_descriptors(const Settings& settings) {
  const auto& descriptors = settings.child.descriptors;
  if (!descriptors) return {"inherit"};
  Texts texts;
  for (const int number : *descriptors) texts.push_back(std::to_string(number));
  return texts.empty() ? Texts{"none"} : texts;
}

Status add_stop_step(Settings& settings, std::string_view text) {
  const std::size_t space = text.find(' ');
  core::StopStep step;
  TRY(parse_signal(text.substr(0, space), step.signal));
  if (space != text.npos) {
    TRY(parse_limit(text.substr(std::min(text.find_first_not_of(' ', space), text.size())), step.time));
  }
  settings.stop_steps.push_back(step);
  update_budget(settings);
  return {};
}

void clear_stop_steps(Settings& settings) {
  settings.stop_steps.clear();
  update_budget(settings);
}

Texts print_stop_steps(const Settings& settings) {
  Texts texts;
  for (const core::StopStep& step : settings.stop_steps)
    texts.push_back(signal_text(step.signal) + (step.time == kInfinite ? "" : " " + format_duration(step.time)));
  return texts;
}

Status add_variable(Settings& settings, std::string_view text) {
  const Pair pair = TRY(split_pair(text, "NODE_ENV=production"));
  auto& set = settings.child.env.set;
  std::erase_if(set, [&](const std::string& each) { return each.starts_with(std::string(pair.name) + "="); });
  set.emplace_back(text);
  return {};
}

Status add_variable_name(Settings& settings, std::string_view text) {
  if (text.empty() || text.find('=') != text.npos) return Error{0, fmt::format("{} is not the name of a variable", quoted(text))};
  settings.child.env.unset.emplace_back(text);
  return {};
}

Status add_signal_rule(Settings& settings, std::string_view text) { return parse_rule(text, settings.signals); }

Texts print_signal_rules(const Settings& settings) {
  Texts texts;
  for (const auto& [number, rule] : settings.signals) texts.push_back(rule_text(number, rule));
  return texts;
}

Status add_exit_code(Settings& settings, std::string_view text) {
  const Pair pair = TRY(split_pair(text, "143=0"));
  std::optional<std::int32_t> from, to;
  TRY(parse_between(pair.name, 0, 255, from));
  TRY(parse_between(pair.value, 0, 255, to));
  settings.exit_codes[*from] = *to;
  return {};
}

Texts print_exit_codes(const Settings& settings) {
  Texts texts;
  for (const auto& [from, to] : settings.exit_codes) texts.push_back(fmt::format("{}={}", from, to));
  return texts;
}

Status parse_umask(std::string_view text, std::optional<std::uint32_t>& value) {
  const auto number = whole<std::uint32_t>(text, 8);
  if (!number || *number > 0777)
    return Error{0, fmt::format("{} is not a mask of file modes; write three octal digits: 027", quoted(text))};
  value = *number;
  return {};
}

Status parse_nice(std::string_view text, std::optional<std::int32_t>& value) { return parse_between(text, -20, 19, value); }
Status parse_oom_score(std::string_view text, std::optional<std::int32_t>& value) { return parse_between(text, -1000, 1000, value); }

Status parse_death_signal(std::string_view text, int& number) {
  const bool none = text == "none" || text == "0";
  const auto signal = none ? std::optional(0) : os::parse_signal(text);
  if (!signal) return Error{0, fmt::format("{} is not a signal; write for example KILL or TERM, or none", quoted(text))};
  number = *signal;
  return {};
}

Texts print_umask(const Settings& settings) {
  if (!settings.child.umask) return {};
  return {fmt::format("{:03o}", *settings.child.umask)};
}

Texts print_death_signal(const Settings& settings) {
  return {settings.child.parent_death_signal == 0 ? "none" : signal_text(settings.child.parent_death_signal)};
}

}  // namespace lastcall::config
