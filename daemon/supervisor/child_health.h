// Whether one copy of the child is ready, and whether it still lives: composes the probes, the child's own words (sd_notify) and the lines of its
// output into two calls to its owner, who starts, ends and restarts. Knows nothing of requests, workers and restarts. Owned by an
// Instance; supervisor process only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/line_pattern.h"
#include "base/log.h"
#include "config/health_settings.h"
#include "supervisor/liveness_probe.h"
#include "supervisor/notify_listener.h"
#include "supervisor/readiness_probe.h"

namespace lastcall::supervisor {

struct HealthPlan {
  config::ReadySettings ready = {};
  std::string preface = {};     // ProbeQuestion::preface
  config::LiveSettings live = {};
  Address upstream = {};        // AF_UNSPEC: nobody forwards to it
  os::SpawnRequest child = {};  // as which commands of probes run: its user, directory and variables
};

class ChildHealth final : private ReadinessProbe::Owner, private LivenessProbe::Owner {
 public:
  struct NotAlive {
    std::string why;            // for people
    bool by_watchdog = false;   // it was told so by systemd's contract: SIGABRT is the signal for it
  };
  struct Owner {
    virtual ~Owner() = default;
    virtual void before_probe() = 0;  // its socket may just have appeared
    virtual void on_healthy() = 0;    // ready
    virtual void on_never_ready(const std::string& last_answer) = 0;
    virtual void on_not_alive(const NotAlive& how) = 0;
    virtual void on_more_time_wanted(Duration from_now) = 0;  // EXTEND_TIMEOUT_USEC; readiness has heard of it already
    virtual LogLine& name(LogLine& line) const = 0;  // says in a line of the log which copy it is about
    virtual void on_status() = 0;  // it says something new of itself: status()
  };
  ChildHealth(io::Loop& loop, ProcessTable& processes, HealthPlan plan, Owner& owner);

  const Status& prepared() const { return prepared_; }  // an error: it can't be started, as nobody could hear it
  std::vector<std::string> variables() const;           // for the child: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID
  bool wants_output() const { return !plan_.ready.log.empty(); }

  void on_started(int main_pid);  // it may speak from now on
  void await_ready();
  void on_held();             // it has ended, or has to: nothing is asked and nobody is heard until the next one starts
  void on_service_ending();   // whether it lives interests nobody any more
  void stop_asking();         // nor whether it is ready
  void on_resumed() { liveness_.resumed(); }
  void on_output_line(std::string_view line);
  Status report_ready();  // POST /v1/ready, the same as READY=1; an error where nobody waits for it

  TimePoint ready_deadline() const { return readiness_.deadline(); }  // kNever: nobody waits, or without an end
  const std::string& status() const { return status_; }  // what it said of itself: STATUS=

 private:
  void on_message(const proto::NotifyMessage& message);
  void tell_of_refused(const proto::NotifyMessage& message);
  void before_probe() override { owner_.before_probe(); }
  void on_probe_ready() override;
  void on_probe_timeout(const std::string& last_answer) override { owner_.on_never_ready(last_answer); }
  void before_watchdog() override;
  void on_bad_answer(const std::string& answer, std::uint32_t in_a_row) override;
  void on_not_alive(core::HealthAction how, const std::string& last_answer) override;

  HealthPlan plan_;
  Owner& owner_;
  Status prepared_;
  std::optional<NotifyListener> notify_;
  std::optional<LinePattern> pattern_;  // until a line has matched
  ReadinessProbe readiness_;
  LivenessProbe liveness_;
  std::string status_;
  int main_pid_ = 0;
  bool told_of_refused_ = false;
  bool ending_ = false;
};

}  // namespace lastcall::supervisor
