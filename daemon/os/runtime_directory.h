// The directory of one running lastcall, for its control socket and the child's {socket}: in the first of $RUNTIME_DIRECTORY,
// $XDG_RUNTIME_DIR, /run/lastcall, /tmp and /dev/shm that can be written. Mode 0750, locked while it is in use, removed at the end;
// what a killed predecessor left is taken over. Where none can be written the caller falls back to an abstract socket.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

class RuntimeDirectory {
 public:
  static Result<RuntimeDirectory> create();
  RuntimeDirectory(RuntimeDirectory&&) noexcept = default;
  RuntimeDirectory& operator=(RuntimeDirectory&& other) noexcept;
  ~RuntimeDirectory();

  const std::string& path() const { return path_; }
  std::string file(std::string_view name) const;  // fits a Unix socket address for names up to 32 bytes
  Status give_to(unsigned uid, unsigned gid);     // the child's, so that it can bind {socket}

 private:
  RuntimeDirectory(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  void remove();
  std::string path_;
  UniqueFd lock_;
};

// Of every lastcall that runs now and that we may look at: for `ctl`, which otherwise does not know where to ask.
std::vector<std::string> find_runtime_directories();

}  // namespace lastcall::os
