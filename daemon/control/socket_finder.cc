// The second half of control_client.h: which sockets there are, and which one is meant.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "control/control_client.h"
#include "os/runtime_directory.h"

namespace lastcall::control {
namespace {

constexpr std::string_view kAbstract = "@lastcall/";

std::optional<int> leading_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && number > 0 ? std::optional(number) : std::nullopt;
}

// "/run/lastcall/lastcall-1234", or "lastcall-1.3" where several have the same pid in their namespaces.
std::optional<int> pid_of(const std::string& directory) {
  const std::size_t name = directory.rfind("/lastcall-");
  return name == directory.npos ? std::nullopt : leading_number(std::string_view(directory).substr(name + 10));
}

void add_abstract(std::vector<FoundSocket>& found) {
  std::ifstream table("/proc/net/unix");
  for (std::string line; std::getline(table, line);) {
    const std::size_t at = line.find(kAbstract);
    if (at == line.npos) continue;
    const std::string name = line.substr(at);
    const auto pid = leading_number(std::string_view(name).substr(kAbstract.size()));
    const bool known = std::ranges::any_of(found, [&](const FoundSocket& one) { return one.name == name; });  // its connections stand there, too
    if (pid && !known) found.push_back({*pid, name});
  }
}

}  // namespace

std::vector<FoundSocket> find_control_sockets() {
  std::vector<FoundSocket> found;
  for (const std::string& directory : os::find_runtime_directories()) {
    const std::string path = directory + "/control.sock";
    struct stat entry{};
    if (const auto pid = pid_of(directory); pid && ::stat(path.c_str(), &entry) == 0 && S_ISSOCK(entry.st_mode)) found.push_back({*pid, path});
  }
  add_abstract(found);
  return found;
}

Result<std::string> choose_control_socket(const std::optional<std::string>& given, const std::optional<std::string>& variable,
                                          const std::vector<FoundSocket>& found) {
  if (given) return *given;
  if (variable && !variable->empty()) return *variable;
  for (const FoundSocket& one : found)
    if (one.pid == 1) return one.name;
  if (found.size() == 1) return found.front().name;
  if (found.empty()) return Error{ENOENT, "no lastcall with a control socket runs here that this user can see; name one with --socket"};
  std::string list;
  for (const FoundSocket& one : found) list += fmt::format("\n  --socket {}  (pid {})", one.name, one.pid);
  return Error{EINVAL, fmt::format("{} of them run here; say which one:{}", found.size(), list)};
}

}  // namespace lastcall::control
