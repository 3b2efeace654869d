// How the child is started, beyond its command: where, with which variables, as whom, with which limits. A part of the settings that only
// the supervisor needs: a worker never learns it, since the variables may hold secrets. Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastcall::config {

struct EnvironmentSettings {
  bool inherit = true;             // start from our own variables, else from none
  std::vector<std::string> files;  // NAME=value lines, later files win
  std::vector<std::string> set;    // "NAME=value", wins over files
  std::vector<std::string> unset;  // names that neither we nor files may pass on
  bool systemd = false;            // hand on what systemd addressed to us (G148)
  bool operator==(const EnvironmentSettings&) const = default;
};

constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};  // as the kernel's RLIM_INFINITY

struct ResourceLimit {
  int resource = 0;  // RLIMIT_NOFILE...
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  bool operator==(const ResourceLimit&) const = default;
};

struct ChildSettings {
  std::string dir;                               // empty: ours
  std::string user;                              // "name", "name:group", "1000:1000"; empty: ours
  std::vector<std::string> groups;               // supplementary ones, instead of the user's
  EnvironmentSettings env;
  std::optional<std::uint32_t> umask;
  std::optional<std::int32_t> nice;
  std::vector<ResourceLimit> limits;
  bool no_new_privs = false;
  std::optional<std::uint64_t> capabilities;     // bit mask of those to keep; empty: all of ours
  std::optional<std::int32_t> oom_score_adj;
  int parent_death_signal = 9;                   // 0: none
  std::optional<std::vector<int>> descriptors;   // from 3 on, to pass; empty: all that our own parent left open
  bool operator==(const ChildSettings&) const = default;
};

}  // namespace lastcall::config
