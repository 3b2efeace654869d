// What the people's plane sees of the service and may ask of it: two small interfaces that app implements over supervisor::Service, so that
// control and supervisor never include each other. Values are copies or references that stay valid until the next call. Supervisor process only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "control/http_message.h"
#include "core/hook_plan.h"
#include "core/job_ledger.h"
#include "core/shutdown_record.h"
#include "proto/counters_page.h"

namespace lastcall::control {

// One copy of the child.
struct InstanceView {
  std::uint32_t number = 0;
  std::string state = {};   // "starting", "ready", "retiring", "backing_off", ...
  int pid = 0;              // 0: no process
  std::int64_t age_ms = 0;  // since its start
  std::uint64_t restarts = 0;
  std::string upstream = {};  // where it listens; empty without a proxy
  std::string status = {};    // what it says of itself (STATUS=), one printable line; may be empty
  std::uint64_t requests = 0, streams = 0;  // at it now
};

struct StateView {
  const core::ShutdownRecord* record = nullptr;  // never null in an answer
  TimePoint now{};
  core::Phase phase = core::Phase::starting;
  core::LiveGauges live;           // what is in flight now, its age brought up to now
  bool drained_by_hand = false;    // `ctl drain`: lame duck without a deadline
  std::string command;             // as it was started
  std::string listen;              // empty without a proxy
  std::vector<InstanceView> instances;
  std::uint64_t restarts = 0;      // of the child
  std::uint64_t jobs = 0;          // under way
  proto::CounterSums counters;     // over all workers, living and dead
  std::vector<Duration> drains;    // how long each took that is over: by hand until it was taken back, or of the stop

  bool ending() const { return record->t0.has_value(); }
  // Until we leave for certain; nothing: no stop runs, or it has no limit.
  std::optional<Duration> grace_left() const;
};

// One client connection, as its worker describes it.
struct ConnectionView {
  std::string peer = {};
  std::string kind = {};  // idle, request, stream, closing
  std::string state = {};
  std::int64_t age_ms = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  std::optional<std::uint32_t> instance = {};  // which copy has its request; nothing: none has
  std::string request = {};  // the request line, at most 160 printable bytes
};
struct ConnectionList {
  std::vector<ConnectionView> connections;  // oldest first
  bool complete = true;                     // false: a worker did not answer in time, or there were more than a list holds
};

class View {
 public:
  virtual ~View() = default;
  virtual StateView state() = 0;
  virtual core::Phase phase() = 0;  // of it, cheaply
  virtual TimePoint now() = 0;
  virtual const core::JobLedger& jobs() = 0;
  virtual void list_connections(std::function<void(ConnectionList)> answer) = 0;  // at once or later, once
};

struct StopWish {
  std::string reason;            // for the log and the report; empty: none given
  std::optional<int> exit_code;  // 0 to 255
  bool now = false;              // the next harder step, as Ctrl-C again
  Peer who;
};

// Error.code is the HTTP status of a refusal (404, 409, 422), its message says why.
class Actions {
 public:
  virtual ~Actions() = default;
  virtual Status stop(const StopWish& wish) = 0;  // while a stop runs: success, and nothing changes but `now`
  virtual Status drain() = 0;
  virtual Status undrain() = 0;
  virtual Status report_ready(std::uint32_t instance) = 0;  // by the child itself
  virtual Status set_log_level(LogLevel level) = 0;
  virtual void reopen_logs(std::function<void(const Status&)> answer) = 0;  // at once or later, once
  virtual Status stop_instance(std::uint32_t instance, bool kill) = 0;
  virtual Status scale(std::uint32_t instances) = 0;
  virtual core::JobRefusal begin_job(const std::string& id, const std::string& owner, Duration timeout) = 0;
  virtual bool heartbeat_job(const std::string& id) = 0;  // false: no such job
  virtual bool end_job(const std::string& id) = 0;        // the same
  virtual core::HookRefusal register_hook(core::HookEvent event, const std::string& name, Duration timeout, const Peer& who) = 0;
  virtual bool unregister_hook(const std::string& name) = 0;                  // false: there is none, or it runs
  virtual bool answer_hook(const std::string& name, core::HookEnd end) = 0;   // false: none of this name is waited for
};

}  // namespace lastcall::control
