// How one copy of the child leaves while the others go on: no new request to it, what it already answers finishes, its stop signal, what it
// left behind its goodbye, and SIGKILL for what is still there when its time is over. The same order as the whole service's end, for one
// copy and beside the sequence, which it does not touch. Also clears up after a copy that ended for good by itself. Pure and on virtual time,
// pull-style; holds no pid and sends no signal. Supervisor process only.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.h"

namespace lastcall::core {

enum class RetireAction : std::uint8_t {
  seal,         // every worker is asked for it
  stop_main,    // its stop signals, one after the other
  signal_rest,  // main is gone: TERM and CONT for what it left behind (P71)
  kill_all,     // SIGKILL for whatever is still there, exactly once
  report_gone,  // nothing is left, or nothing that anybody could end
};

class InstanceRetirement {
 public:
  struct Limits {
    Duration drain = kInfinite;  // for what it already answers, from the seal on
    Duration stop = kInfinite;   // from its stop signal to the kill
    Duration at_most = kInfinite;  // from the beginning to the kill, whatever it asks for: what a stop of the service would leave it
  };
  struct Facts {
    bool sealed = false;       // by every living worker
    std::uint64_t finite = 0;  // requests at it; zero only where every worker has counted after its seal
    bool main_runs = false;
    bool gone = false;         // main and all that it started
  };

  explicit InstanceRetirement(const Limits& limits) : limits_(limits) {}

  void begin(TimePoint now);  // once; again: changes nothing
  void skip_drain(TimePoint now);  // main has ended or shall end at once: on with what is left of it
  void extend(Duration wanted, TimePoint now);  // after its stop signal it asks for so much time from now
  void on_facts(const Facts& facts, TimePoint now);
  void on_time(TimePoint now);

  bool running() const { return state_ != State::idle && state_ != State::gone; }
  bool killed() const { return killed_; }
  TimePoint deadline() const;
  std::optional<RetireAction> next_action();

 private:
  enum class State : std::uint8_t { idle, sealing, draining, stopping, killing, gone };
  void enter(State state, TimePoint deadline);
  void stop(TimePoint now);
  void settle(TimePoint now);

  Limits limits_;
  State state_ = State::idle;
  bool killed_ = false;
  bool rest_signalled_ = false;
  Facts facts_{.sealed = false, .finite = 1, .main_runs = true, .gone = false};
  TimePoint deadline_ = kNever;
  TimePoint latest_ = kNever;
  std::deque<RetireAction> actions_;
};

}  // namespace lastcall::core
