// Options from environment variables: LASTCALL_<NAME>, dots as underscores. An unknown LASTCALL_ name is a mistake, because a typing error
// there is otherwise silent; the names that lastcall itself gives to children and hooks, and those that Kubernetes and Docker derive from
// a service called "lastcall", are reserved and ignored. Pure functions of a given environment; nothing here reads or changes the real one.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/assignment.h"

namespace lastcall::config {

using Environment = std::vector<std::string>;  // "NAME=value"

constexpr std::string_view kConfigVariable = "LASTCALL_CONFIG";  // as --config: names the file, so it can't stand in it

std::optional<std::string_view> variable(const Environment& environment, std::string_view name);

// An empty value counts as not set: `LASTCALL_GRACE=${GRACE}` in a Compose file stays harmless.
std::vector<Assignment> environment_assignments(const Environment& environment, Diagnostics& diagnostics);

struct ReservedName {
  std::string_view name;
  std::string_view meaning;
};
std::span<const ReservedName> reserved_names();   // given to children and hooks, never options
std::span<const ReservedName> private_names();    // addressed to lastcall by its manager and not passed on (G148)

// For the child: without option variables and without the private names that `handed_on` does not ask for; everything else untouched and
// in order.
using NameFilter = std::function<bool(std::string_view name)>;
Environment stripped_environment(const Environment& environment, const NameFilter& handed_on = nullptr);

}  // namespace lastcall::config
