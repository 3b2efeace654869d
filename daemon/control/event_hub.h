// Who listens to /v1/events, and what they are told: server-sent events with a name and one line of JSON. A listener that does not read is
// dropped by its connection, never waited for. Sends a comment now and then so that a dead peer is noticed; costs nothing while nobody
// listens (P89). Owned by the control plane; supervisor process only.
#pragma once

#include <string_view>
#include <vector>

#include "control/reply.h"
#include "io/callback_timer.h"

namespace lastcall::control {

class EventHub {
 public:
  explicit EventHub(io::Loop& loop) : beat_(loop, [this] { beat(); }) {}

  // Answers with a stream that begins with `first`, a list of events.
  void subscribe(Reply reply, std::string_view first);
  void publish(std::string_view event, std::string_view json);  // `json`: without newlines
  bool has_listeners() const { return !listeners_.empty(); }

 private:
  void send_all(std::string_view bytes);
  void beat();
  std::vector<Reply> listeners_;
  io::CallbackTimer beat_;
};

std::string event_text(std::string_view event, std::string_view json);

}  // namespace lastcall::control
