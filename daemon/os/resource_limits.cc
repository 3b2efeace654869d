#include "os/resource_limits.h"

#include <sys/resource.h>

#include <array>
#include <utility>

namespace lastcall::os {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 16> kLimits{{{"as", RLIMIT_AS},
                                                                    {"core", RLIMIT_CORE},
                                                                    {"cpu", RLIMIT_CPU},
                                                                    {"data", RLIMIT_DATA},
                                                                    {"fsize", RLIMIT_FSIZE},
                                                                    {"locks", RLIMIT_LOCKS},
                                                                    {"memlock", RLIMIT_MEMLOCK},
                                                                    {"msgqueue", RLIMIT_MSGQUEUE},
                                                                    {"nice", RLIMIT_NICE},
                                                                    {"nofile", RLIMIT_NOFILE},
                                                                    {"nproc", RLIMIT_NPROC},
                                                                    {"rss", RLIMIT_RSS},
                                                                    {"rtprio", RLIMIT_RTPRIO},
                                                                    {"rttime", RLIMIT_RTTIME},
                                                                    {"sigpending", RLIMIT_SIGPENDING},
                                                                    {"stack", RLIMIT_STACK}}};

}  // namespace

std::uint64_t open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 1U << 20;
  return limit.rlim_cur;
}

std::optional<int> parse_limit_name(std::string_view text) {
  std::string name;
  for (const char c : text) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const std::string_view prefix : {"rlimit_", "limit"})
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
  for (const auto& [known, resource] : kLimits)
    if (name == known) return resource;
  return std::nullopt;
}

std::string limit_name(int resource) {
  for (const auto& [known, number] : kLimits)
    if (number == resource) return std::string(known);
  return std::to_string(resource);
}

}  // namespace lastcall::os
