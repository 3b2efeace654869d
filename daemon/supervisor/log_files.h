// The files that lastcall writes lines to, over their rotation: log.file and the access log's. Opens them anew when somebody asks or has renamed
// or removed one, with the rights of the supervisor, and hands them to everybody who writes there. No line is lost: what was logged before
// is in the file before, all else in the new one. Owned by the service; supervisor process only.
#pragma once

#include <functional>
#include <memory>

#include "config/settings.h"
#include "supervisor/rotated_file.h"
#include "supervisor/worker_processes.h"

namespace lastcall::supervisor {

class LogFiles {
 public:
  using Answer = std::function<void(const Status&)>;
  LogFiles(io::Loop& loop, const config::Settings& settings, WorkerProcesses& workers);

  void watch(int access_log);  // both are open: log.file by os/log_writer; -1: no access log
  // The answer comes once nobody writes to a file from before, or says what was in the way.
  void reopen(Answer answer);

 private:
  Status reopen_own(LogSwitch::Answer answer);
  Status reopen_access(LogSwitch::Answer answer);
  void reopen_moved(bool own);

  WorkerProcesses& workers_;
  std::unique_ptr<RotatedFile> own_, access_;  // none: not written, or not to a file
};

}  // namespace lastcall::supervisor
