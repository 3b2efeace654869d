// The jobs of this service (core::JobLedger) with a clock: looks again when the next one is due, tells by name what was stuck or given up, and
// tells its owner of every change, because a drain waits for jobs as it waits for requests. The control API and the service call it.
// Owned by the service; supervisor process only.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "core/job_ledger.h"
#include "io/callback_timer.h"

namespace lastcall::supervisor {

class Jobs {
 public:
  using LostObserver = std::function<void(const core::JobLedger::Lost&)>;
  // `on_lost`: for the record and the log, before `on_changed`. Neither is called from within the constructor.
  Jobs(io::Loop& loop, LostObserver on_lost, std::function<void()> on_changed);

  core::JobRefusal begin(std::string_view id, std::string_view owner, Duration timeout);
  bool heartbeat(std::string_view id);  // false: no such job is under way
  bool end(std::string_view id);        // the same

  void refuse_new() { ledger_.refuse_new(); }  // the shutdown began
  void drop_all();                   // the drain's deadline; `on_changed` is not called
  const core::JobLedger& ledger() const { return ledger_; }

 private:
  void look();
  void tell_lost();

  io::Loop& loop_;
  LostObserver on_lost_;
  std::function<void()> on_changed_;
  core::JobLedger ledger_;
  io::CallbackTimer due_;
};

}  // namespace lastcall::supervisor
