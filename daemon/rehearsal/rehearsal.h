// The whole of `lastcall rehearse`: a run with lastcall, then one without it as a comparison, then the judgement. Runs in a process of
// its own that is no supervisor: it starts our own executable for that. Driven by the loop; whoever owns it brings signals and shows the
// result.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "rehearsal/findings.h"
#include "rehearsal/run.h"

namespace lastcall::rehearsal {

struct Outcome {
  bool ran = false;     // the command became ready and was stopped
  int exit_code = 0;    // unless it ran: why not, as a start would say
  int interrupted = 0;  // the signal that ended the rehearsal itself
  Measurements measured;
  Expectations expected;
  Judgement judgement;
  std::vector<std::string> complaints;  // lastcall's, in either run
  std::vector<std::string> last_words;  // of the command
};

class Rehearsal final : private Run::Owner {
 public:
  struct Setup {
    const config::Settings& settings;
    const RehearseOptions& options;
    const os::InheritedState& inherited;
    int executable = -1;
    config::Environment environment;  // of this process
  };
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_ready() = 0;                         // with --wait: the user's traffic can come
    virtual void on_words(const std::string& line) = 0;  // of the command
    virtual void on_rehearsal_ended() = 0;
  };
  Rehearsal(io::Loop& loop, io::Poller& poller, Setup setup, Owner& owner);

  Status start();
  void interrupt(int signal);  // with --wait the first Ctrl-C is the stop; else the end of it all, the second time at once
  void reap();                 // on SIGCHLD
  std::string status() const;
  const Outcome& outcome() const { return outcome_; }

 private:
  void on_run_ready() override { owner_.on_ready(); }
  void on_run_ended() override;
  void on_run_words(const std::string& line) override { owner_.on_words(line); }
  void begin(RunPlan plan);
  void first_ended();
  bool start_comparison();
  std::string why_not_compared() const;
  void conclude();

  io::Loop& loop_;
  io::Poller& poller_;
  Setup setup_;
  Owner& owner_;
  std::unique_ptr<Run> run_;
  std::vector<std::unique_ptr<Run>> ended_;  // not destroyed from within their own callbacks
  Outcome outcome_;
};

Expectations expectations_of(const config::Settings& settings, const RehearseOptions& options);

}  // namespace lastcall::rehearsal
