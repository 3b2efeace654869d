// The processes of one copy of the child: its main process by pidfd, and everything that it started, found by the subreaper's rule in /proc
// (decision 24); beside other copies only what is certainly its own, alone everything that nobody else can own. Starts it, passes signals
// on, asks it to stop, tells what it left behind, kills all of it, and knows when nothing is left. After the main process was reaped no
// signal ever goes to its number again (P25). It decides nothing. Owned by its instance; supervisor process only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "io/callback_timer.h"
#include "os/process_tree.h"
#include "os/spawn.h"
#include "supervisor/kinship.h"
#include "supervisor/process_table.h"

namespace lastcall::supervisor {

class ChildProcess {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_main_exited() = 0;
    virtual void on_nothing_left() = 0;  // of all that it started; after on_main_exited()
    virtual bool other_copies_live() const = 0;
  };
  // `mark`: in the environment of the request and in no other's; empty where there never is another copy.
  ChildProcess(io::Loop& loop, ProcessTable& processes, os::SpawnRequest request, const std::string& mark, Owner& owner);

  // From the next start on: {ours, theirs}; ours must stay open.
  void give_descriptors(const std::vector<std::pair<int, int>>& descriptors) {
    request_.descriptors.insert(request_.descriptors.end(), descriptors.begin(), descriptors.end());
  }
  // Nothing on success. Again after the main process has ended: what is left of the one before is not waited for any more.
  std::optional<os::SpawnFailure> start();

  int pid() const { return pid_; }  // 0 before the start; stays after the end, as a name only
  bool started() const { return pid_ != 0; }
  bool running() const { return started() && !exit_; }  // the main process
  bool gone() const { return !started() || gone_; }     // and all that it started
  const std::optional<os::ExitStatus>& exit() const { return exit_; }

  void forward(int signal, std::optional<std::uint64_t> payload = std::nullopt);
  bool stop(int signal);             // to the main process, then CONT; false: it is gone already
  std::size_t signal_descendants();  // TERM and CONT for what the main process left behind (P71)
  void kill_all();                   // and whoever is found later
  void suspend();                    // Ctrl-Z reached us: it stops with us
  void resume();

  void look_for_rest();                      // after processes were reaped: is anything left?
  const Kinship& kin() const { return kin_; }
  std::vector<int> processes() const;        // living ones; the main process first
  std::vector<os::Process> survivors() const; // of a kill: with their states, for the log

 private:
  os::TreeQuery tree() const;
  bool anything_left() const;
  void signal_main(int signal, std::optional<std::uint64_t> payload = std::nullopt);
  void on_end(const os::ExitStatus& status);

  ProcessTable& processes_;
  os::SpawnRequest request_;
  Kinship kin_;
  Owner& owner_;
  int pid_ = 0;
  UniqueFd pidfd_;
  ProcessTable::Watch watch_;
  std::optional<os::ExitStatus> exit_;
  bool gone_ = false;
  bool killing_ = false;
  io::CallbackTimer look_again_;
};

}  // namespace lastcall::supervisor
