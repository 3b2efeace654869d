// The hooks that the user wrote: when, under which name, how long at most, and what is done: a command or an HTTP request. A part of the
// settings that only the supervisor needs. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "core/hook_plan.h"

namespace lastcall::config {

struct HookRequest {
  std::string method = "POST";
  std::string path;                // from the slash on
  std::optional<Address> address;  // empty: the command's own server
  bool operator==(const HookRequest&) const = default;
};

struct HookSettings {
  core::Hook hook;
  std::vector<std::string> run;     // the command and its arguments; there is no shell
  std::optional<HookRequest> http;  // instead of a command
  bool operator==(const HookSettings&) const = default;
};

}  // namespace lastcall::config
