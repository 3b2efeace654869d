// The lastcall that is rehearsed: our own executable, started as a child with its settings in a sealed text, told to log JSON into a pipe
// that we read. Nothing of the supervisor is done twice here; what it does we learn from what it says. Owned by a Run; the destructor
// kills what still runs. It never writes anywhere.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "config/environment.h"
#include "io/fd_watch.h"
#include "os/exit_status.h"
#include "os/inherited_state.h"
#include "rehearsal/log_event.h"

namespace lastcall::rehearsal {

struct InnerStart {
  int executable = -1;                  // ours, by descriptor: the version that is rehearsed is the one that was typed
  const os::InheritedState& inherited;  // for the command in the end
  std::string settings;                 // YAML, complete
  config::Environment environment;      // without option variables
};

class InnerProcess {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_event(const LogEvent& event) = 0;
    virtual void on_words(const std::string& line) = 0;  // of the command, or of a worker
  };
  static Result<std::unique_ptr<InnerProcess>> start(io::Loop& loop, const InnerStart& how, Owner& owner);
  ~InnerProcess();

  int pid() const { return pid_; }
  void signal(int number);
  void signal_everybody(int number);         // as Heroku does: it and all that it started
  void ended(const os::ExitStatus& status);  // from whoever reaps; reads what is left in the pipes first
  const std::optional<os::ExitStatus>& exit() const { return exit_; }

 private:
  struct Pipe {
    UniqueFd fd;
    std::unique_ptr<io::FdWatch> watch;
    std::string rest;  // of a line that has no end yet
  };
  InnerProcess(Owner& owner, int pid, UniqueFd pidfd, UniqueFd settings);
  void watch(io::Loop& loop, Pipe& pipe, UniqueFd fd);
  void read(Pipe& pipe);
  void take_lines(Pipe& pipe);
  void take_line(std::string_view line);

  Owner& owner_;
  int pid_;
  UniqueFd pidfd_, settings_;
  Pipe out_, err_;
  std::optional<os::ExitStatus> exit_;
};

}  // namespace lastcall::rehearsal
