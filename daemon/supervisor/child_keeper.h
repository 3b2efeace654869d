// Keeps a child running: starts it, and after an end that the restart policy allows clears away its rest, waits and starts the next one.
// Feeds core::ChildLifecycle and carries out what it answers; an end that is final, and any end once the service stops, goes to the owner,
// who tells the shutdown sequence. It knows nothing of requests and workers. Owned by its instance; supervisor process only.
#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "core/child_lifecycle.h"
#include "io/callback_timer.h"
#include "supervisor/child_endpoint.h"
#include "supervisor/child_process.h"

namespace lastcall::supervisor {

class ChildKeeper {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_child_held() = 0;         // no new request to it until the next one is ready
    virtual void on_child_started() = 0;      // the next one; it is not ready yet
    virtual void on_child_ended(std::optional<int> exec_failure) = 0;  // for good; or the next one could not be started
    virtual void on_child_never_ready() = 0;  // the last one allowed
    virtual LogLine& name(LogLine& line) const = 0;  // says in a line of the log which copy it is about
  };
  struct Options {
    core::RestartOptions restart;
    Duration clear_time = seconds(10);
    int stop_signal = 15;
  };
  ChildKeeper(io::Loop& loop, const Options& options, ChildProcess& child, ChildEndpoint& endpoint, Owner& owner);

  std::optional<os::SpawnFailure> start();  // the first one; nothing on success
  void on_start_failed(const os::SpawnFailure& failure);  // counts as a failure of the child, like any other (P93)
  void on_ready();
  // Not ready in time, or not alive. `signal`: to end it by, instead of its stop signal.
  void on_unhealthy(std::optional<int> signal = std::nullopt);
  void on_exited(bool on_request);  // the main process was reaped; it was killed by hand: no failure of its own
  void update();        // something of the child's may be gone

  core::ChildState state() const { return lifecycle_.state(); }
  bool restarts() const { return lifecycle_.policy().wanted(); }
  bool gave_up() const { return lifecycle_.policy().gave_up(); }
  // True: no child runs that the shutdown sequence could stop.
  bool on_service_ending();

 private:
  void take_actions();
  void carry_out(core::ChildAction action);
  void start_next();
  void tell_what_follows();

  io::Loop& loop_;
  const int stop_signal_;
  int end_signal_ = 0;  // of one that is not well
  ChildProcess& child_;
  ChildEndpoint& endpoint_;
  Owner& owner_;
  core::ChildLifecycle lifecycle_;
  std::optional<int> exec_failure_;
  bool told_ = false;  // that it gives up
  io::CallbackTimer timer_;
};

}  // namespace lastcall::supervisor
