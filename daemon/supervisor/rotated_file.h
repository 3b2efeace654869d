// A log's place on disk, which may be renamed or removed under us: opened anew with the rights of the supervisor when somebody asks, and by
// itself a second after it was taken away, when whoever rotates has put there what it wants. Writes nothing itself. Owned by LogFiles;
// supervisor process only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "io/callback_timer.h"
#include "io/fd_watch.h"

namespace lastcall::supervisor {

class RotatedFile {
 public:
  // `on_moved`: it is to be opened anew.
  RotatedFile(io::Loop& loop, std::string path, std::function<void()> on_moved);

  void watch(int file);  // which is written to now; borrowed for this call
  const std::string& path() const { return path_; }

 private:
  void look();

  io::Loop& loop_;
  const std::string path_;
  std::function<void()> on_moved_;
  UniqueFd file_, events_;
  std::unique_ptr<io::FdWatch> watch_;
  io::CallbackTimer settled_;
};

}  // namespace lastcall::supervisor
