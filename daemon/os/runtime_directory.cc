#include "os/runtime_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace lastcall::os {
namespace {

constexpr std::size_t kLongest = 107 - 33;  // of a Unix socket address, less "/" and a name of 32 bytes
constexpr int kNamesakes = 32;              // containers that share a volume are all PID 1, and each has two

// A worker of root's has become somebody else, who can't reach a socket in a place that is root's alone; /run/user/0 is (0700).
bool workers_may_enter(const char* place) {
  struct stat info{};
  return ::geteuid() != 0 || (::stat(place, &info) == 0 && (info.st_mode & S_IXOTH) != 0);
}

// The places to try, best first. systemd lists several in RUNTIME_DIRECTORY, separated by colons; the first is ours.
std::vector<std::string> places() {
  std::vector<std::string> found;
  const auto add = [&found](const char* path) {
    if (path == nullptr || path[0] != '/') return;
    const std::string_view text(path);
    std::string place(text.substr(0, text.find(':')));
    if (place.size() + 32 < kLongest && std::ranges::count(found, place) == 0) found.push_back(std::move(place));
  };
  add(std::getenv("RUNTIME_DIRECTORY"));
  if (const char* own = std::getenv("XDG_RUNTIME_DIR"); own != nullptr && workers_may_enter(own)) add(own);
  add("/run/lastcall");
  add("/tmp");
  add("/dev/shm");
  return found;
}

// Ours, a real directory, and locked by nobody else. In /tmp anybody may have made the name first, or put a link there.
UniqueFd lock_directory(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info{};
  if (!fd || ::fstat(fd.get(), &info) != 0) return UniqueFd();
  // After give_to() a predecessor's directory belongs to the child's user; root may take it back.
  if (info.st_uid != ::geteuid() && ::geteuid() != 0) return UniqueFd();
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return UniqueFd();
  return fd;
}

void remove_sockets(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    struct stat info{};
    if (::fstatat(::dirfd(directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISSOCK(info.st_mode))
      ::unlinkat(::dirfd(directory), entry->d_name, 0);
  }
  ::closedir(directory);
}

// Made by us, or left behind by a predecessor that was killed: then emptied of its sockets.
UniqueFd take(const std::string& path) {
  const bool made = ::mkdir(path.c_str(), 0750) == 0;
  if (!made && errno != EEXIST) return UniqueFd();
  UniqueFd lock = lock_directory(path);
  if (!lock) return lock;
  if (!made) remove_sockets(path);
  // mkdir's mode passed through our umask; a predecessor's owner may have been another.
  if (::fchown(lock.get(), ::geteuid(), ::getegid()) != 0 || ::fchmod(lock.get(), 0750) != 0) return UniqueFd();
  return lock;
}

}  // namespace

Result<RuntimeDirectory> RuntimeDirectory::create() {
  std::string tried;
  for (const std::string& place : places()) {
    tried += (tried.empty() ? "" : ", ") + place;
    if (place == "/run/lastcall") (void)::mkdir(place.c_str(), 0755);
    if (::access(place.c_str(), W_OK | X_OK) != 0) continue;
    for (int namesake = 0; namesake < kNamesakes; ++namesake) {
      std::string path = fmt::format("{}/lastcall-{}", place, ::getpid());
      if (namesake > 0) path += fmt::format(".{}", namesake);
      if (UniqueFd lock = take(path)) return RuntimeDirectory(std::move(path), std::move(lock));
    }
  }
  return Error{EACCES, "no directory for sockets can be written; tried " + tried};
}

RuntimeDirectory& RuntimeDirectory::operator=(RuntimeDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

RuntimeDirectory::~RuntimeDirectory() { remove(); }

void RuntimeDirectory::remove() {
  if (!lock_) return;
  remove_sockets(path_);
  (void)::rmdir(path_.c_str());  // stays if the child left something else in it
}

std::string RuntimeDirectory::file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }

Status RuntimeDirectory::give_to(unsigned uid, unsigned gid) {
  if (::fchown(lock_.get(), uid, gid) != 0) return system_error("chown " + path_);
  return {};
}

std::vector<std::string> find_runtime_directories() {
  std::vector<std::string> found;
  for (const std::string& place : places()) {
    DIR* directory = ::opendir(place.c_str());
    if (directory == nullptr) continue;
    while (const dirent* entry = ::readdir(directory)) {
      const std::string_view name(entry->d_name);
      if (!name.starts_with("lastcall-")) continue;
      const std::string path = fmt::format("{}/{}", place, name);
      const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      // A lock that can be had means that nobody lives there any more.
      if (fd && ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) found.push_back(path);
    }
    ::closedir(directory);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace lastcall::os
