#include "os/file_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lastcall::os {

// A removal changes the number of links first (IN_ATTRIB); IN_DELETE_SELF would come only once nobody, ourselves included, had it open.
Result<UniqueFd> watch_file(const std::string& path) {
  UniqueFd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!watch || ::inotify_add_watch(watch.get(), path.c_str(), IN_MOVE_SELF | IN_ATTRIB) < 0) return system_error("inotify");
  return watch;
}

void read_watch(int watch) {
  alignas(inotify_event) char events[4096];
  while (::read(watch, events, sizeof events) > 0) {
  }
}

bool is_at(int file, const std::string& path) {
  struct stat open{}, there{};
  return ::fstat(file, &open) == 0 && ::stat(path.c_str(), &there) == 0 && open.st_dev == there.st_dev && open.st_ino == there.st_ino;
}

}  // namespace lastcall::os
