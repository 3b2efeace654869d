#include "os/socket_access.h"

#include <sys/stat.h>

#include <algorithm>

#include <fmt/format.h>

namespace lastcall::os {
namespace {

// One of the three sets of bits counts, never two (path_resolution(7)).
bool allows(const struct stat& entry, const Credentials& user, mode_t bit) {
  if (user.uid == 0) return true;
  const bool in_group = entry.st_gid == user.gid || std::ranges::count(user.groups, entry.st_gid) > 0;
  const mode_t shift = entry.st_uid == user.uid ? 6 : in_group ? 3 : 0;
  return (entry.st_mode >> shift & bit) != 0;
}

Obstacle obstacle(std::string path, const struct stat& entry) {
  return {.path = std::move(path), .owner = entry.st_uid, .group = entry.st_gid, .mode = entry.st_mode & 07777};
}

}  // namespace

std::string Obstacle::describe() const { return fmt::format("{} has mode {:04o} and belongs to {}:{}", path, mode, owner, group); }

std::optional<Obstacle> what_keeps_out(const std::string& socket_path, const Credentials& user) {
  constexpr mode_t kSearch = 1, kWrite = 2;  // connect(2) to a socket needs write permission on it
  struct stat entry{};
  for (std::size_t slash = socket_path.find('/'); slash != socket_path.npos; slash = socket_path.find('/', slash + 1)) {
    const std::string directory = socket_path.substr(0, std::max<std::size_t>(slash, 1));
    if (::stat(directory.c_str(), &entry) != 0) return std::nullopt;
    if (!allows(entry, user, kSearch)) return obstacle(directory, entry);
  }
  if (::stat(socket_path.c_str(), &entry) != 0 || allows(entry, user, kWrite)) return std::nullopt;
  return obstacle(socket_path, entry);
}

}  // namespace lastcall::os
