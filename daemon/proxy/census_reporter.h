// Tells the supervisor how many connections there are of each kind: while the service ends, at once when a count reaches or leaves
// zero and else every 50 ms; while it serves, at most once a second and only after changes, so that the hot path stays free of it and
// an idle worker sleeps (P89). Part of the worker.
#pragma once

#include <functional>

#include "io/callback_timer.h"
#include "proto/channel_message.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

class CensusReporter final : private io::Deferred {
 public:
  using Send = std::function<void(const proto::message::CensusReport&)>;
  CensusReporter(WorkerContext& context, Send send);
  ~CensusReporter() override;

  void on_phase(std::uint64_t version);  // counts again and reports at once
  void report_now();

 private:
  void on_deferred() override { report_now(); }
  void on_change(SessionKind from, SessionKind to);
  std::uint64_t oldest_ms();

  WorkerContext& context_;
  Send send_;
  io::CallbackTimer timer_;
  std::uint64_t phase_version_ = 0;
};

}  // namespace lastcall::proxy
