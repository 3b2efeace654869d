// The lastcall that is rehearsed: our own executable, started as a child with its settings in a sealed text. Nothing of the supervisor is
// done twice here; what it does we learn from its log and its report, each in a pipe of its own that the command does not have, so that
// whatever the command writes, and however much, no event is lost or forged. Owned by a Run; the destructor kills what still runs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "config/environment.h"
#include "config/settings.h"
#include "io/fd_watch.h"
#include "os/exit_status.h"
#include "os/inherited_state.h"
#include "rehearsal/log_event.h"

namespace lastcall::rehearsal {

struct InnerStart {
  int executable = -1;                  // ours, by descriptor: the version that is rehearsed is the one that was typed
  const os::InheritedState& inherited;  // for the command in the end
  config::Settings settings;            // where its log and its report go is ours to say
  config::Environment environment;      // without option variables
};

class InnerProcess {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_event(const LogEvent& event) = 0;
    virtual void on_words(const std::string& line) = 0;  // of the command
  };
  static Result<std::unique_ptr<InnerProcess>> start(io::Loop& loop, const InnerStart& how, Owner& owner);
  ~InnerProcess();

  int pid() const { return pid_; }
  void signal(int number);
  void signal_everybody(int number);         // as Heroku does: it and all that it started
  void ended(const os::ExitStatus& status);  // from whoever reaps; reads what is left in the pipes first
  const std::string& report() const { return report_.rest; }  // JSON; empty before it is written
  const std::optional<os::ExitStatus>& exit() const { return exit_; }

 private:
  struct Pipe {
    UniqueFd fd, theirs;
    std::unique_ptr<io::FdWatch> watch;
    void (InnerProcess::*line)(std::string_view) = nullptr;  // takes one; null: it is one text
    std::string rest;                                        // of a line that has no end yet
  };
  explicit InnerProcess(Owner& owner) : owner_(owner) {}
  Status make_pipes();
  Status spawn(const InnerStart& how);
  void watch(io::Loop& loop, Pipe& pipe);
  void read(Pipe& pipe);
  void take_lines(Pipe& pipe);
  void take_words(std::string_view line) { owner_.on_words(std::string(line)); }
  void take_event(std::string_view line);

  Owner& owner_;
  int pid_ = 0;
  UniqueFd pidfd_, settings_;
  Pipe out_, err_, events_, report_;
  std::optional<os::ExitStatus> exit_;
};

}  // namespace lastcall::rehearsal
