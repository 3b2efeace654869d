// One direction of the channel between the supervisor and a worker: whole messages, in order, each late by a random time. A state
// that still waits may be replaced by a newer one of its kind, which then keeps the older one's place (io/channel.h). A stuck reader
// reads nothing. Owned by the worker's entry; test only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "core/worker_ledger.h"
#include "plan.h"
#include "virtual_clock.h"

namespace lastcall::sim {

struct Message {
  enum class Kind {
    upstreams, phase, stop_accepting, take_connection, end_streams, seal, finish,  // down
    census, stopped_accepting, sealed, finished                                    // up
  };
  Kind kind;
  std::uint64_t version = 0;
  core::Phase phase = core::Phase::starting;
  core::InstanceId instance = 0;                  // of a seal
  std::vector<core::InstanceId> ready{};          // upstreams: where requests may go
  core::Census census{};
};

class Link {
 public:
  Link(VirtualClock& clock, Dice& dice, const Plan& plan, std::function<void(const Message&)> reader)
      : clock_(clock), dice_(dice), plan_(plan), reader_(std::move(reader)) {}

  void send(const Message& message) {
    const bool state = message.kind == Message::Kind::upstreams || message.kind == Message::Kind::phase ||
                       message.kind == Message::Kind::census;
    const auto older = std::find_if(queue_.rbegin(), queue_.rend(), [&](const Message& each) { return each.kind == message.kind; });
    if (state && older != queue_.rend() && dice_.chance(plan_.coalesce)) {
      *older = message;
      return;
    }
    queue_.push_back(message);
    if (queue_.size() == 1) deliver_later();
  }
  void stick() { stuck_ = true; }

 private:
  void deliver_later() {
    clock_.in(dice_.between(Duration::zero(), plan_.message_delay), [this] {
      if (stuck_) return;
      const Message message = queue_.front();
      queue_.pop_front();
      if (!queue_.empty()) deliver_later();
      reader_(message);
    });
  }

  VirtualClock& clock_;
  Dice& dice_;
  const Plan& plan_;
  std::function<void(const Message&)> reader_;
  std::deque<Message> queue_;
  bool stuck_ = false;
};

}  // namespace lastcall::sim
