// One run of the rehearsal from start to end: starts the lastcall inside, waits until the command is ready, lets the load run, stops it as
// the platform would, and writes down what it saw. Knows nothing of verdicts. Owned by the Rehearsal.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/callback_timer.h"
#include "rehearsal/figures.h"
#include "rehearsal/idle_watch.h"
#include "rehearsal/inner_process.h"
#include "rehearsal/load.h"
#include "rehearsal/ready_poll.h"
#include "rehearsal/run_plan.h"

namespace lastcall::rehearsal {

class Run final : private InnerProcess::Owner {
 public:
  struct Surroundings {
    const os::InheritedState& inherited;
    int executable = -1;
    const config::Environment& environment;  // for the command
    const RehearseOptions& options;
  };
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_run_ready() = 0;
    virtual void on_run_ended() = 0;  // once; not from within start()
    virtual void on_run_words(const std::string& line) = 0;
  };
  Run(io::Loop& loop, io::Poller& poller, RunPlan plan, const Surroundings& around, Owner& owner);

  Status start();
  void stop();   // now, instead of when the load has run long enough
  void abort();  // somebody lost patience: the first time in order, the second time at once
  void on_reaped(int pid, const os::ExitStatus& status);

  bool gave_up() const { return gave_up_; }  // it listens in the wrong place, or nothing was heard of it: ended before it was ready
  bool ready() const { return figures_.ready_after.has_value(); }
  const RunFigures& figures() const { return figures_; }
  const std::optional<IdleFigures>& idle() const { return idle_figures_; }
  const std::deque<std::string>& last_words() const { return words_; }        // the command's
  const std::vector<std::string>& complaints() const { return complaints_; }  // lastcall's warnings and errors
  std::string status() const;                                                 // what it is doing, for a live line
  const RunPlan& plan() const { return plan_; }

 private:
  enum class Stage : std::uint8_t { starting, serving, stopping, settling, ended };
  void on_event(const LogEvent& event) override;
  void on_words(const std::string& line) override;
  void on_child_event(const LogEvent& event);
  void copy_ready(const LogEvent& event);
  void look_at_copies();
  void take_report();
  void complain(const LogEvent& event);
  void become_ready(Duration after, const std::string& upstream);
  void stop_when_enough();
  void end();
  Duration grace() const { return plan_.settings.grace.grace; }

  io::Loop& loop_;
  io::Poller& poller_;
  RunPlan plan_;
  Surroundings around_;
  Owner& owner_;
  std::unique_ptr<InnerProcess> inner_;
  std::unique_ptr<ReadyPoll> ready_poll_;
  std::unique_ptr<Load> load_;
  std::unique_ptr<IdleWatch> idle_watch_;
  io::CallbackTimer serving_, guard_, settling_;
  Stage stage_ = Stage::starting;
  TimePoint started_{}, t0_{};
  bool served_long_enough_ = false;
  bool aborted_ = false;
  bool gave_up_ = false;
  struct Copy {
    os::SignalDisposition manner = os::SignalDisposition::unknown;
    std::string program;
  };
  std::uint32_t ready_copies_ = 0;
  std::string upstream_;        // the first copy's
  std::map<int, Copy> copies_;  // by pid; what is there right before the stop
  RunFigures figures_;
  std::optional<IdleFigures> idle_figures_;
  std::deque<std::string> words_;
  std::vector<std::string> complaints_;
};

}  // namespace lastcall::rehearsal
