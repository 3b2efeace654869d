#include "control/event_hub.h"

#include <fmt/format.h>

namespace lastcall::control {
namespace {

constexpr Duration kBeat = seconds(15);  // below the minute after which proxies and NATs forget a quiet connection

}  // namespace

std::string event_text(std::string_view event, std::string_view json) { return fmt::format("event: {}\ndata: {}\n\n", event, json); }

void EventHub::subscribe(Reply reply, std::string_view first) {
  if (!reply.begin_events() || !reply.send_events(first)) return;
  listeners_.push_back(reply);
  if (!beat_.armed()) beat_.arm_after(kBeat);
}

void EventHub::publish(std::string_view event, std::string_view json) {
  if (has_listeners()) send_all(event_text(event, json));
}

void EventHub::send_all(std::string_view bytes) {
  std::erase_if(listeners_, [&](Reply& listener) { return !listener.send_events(bytes); });
}

void EventHub::beat() {
  send_all(":\n\n");
  if (has_listeners()) beat_.arm_after(kBeat);
}

}  // namespace lastcall::control
