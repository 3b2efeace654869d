#include "rehearsal/load.h"

#include <algorithm>

namespace lastcall::rehearsal {
namespace {

constexpr Duration kRetryPause = milliseconds(50);  // after a refused connect while the service should be there

}  // namespace

struct Load::Visitor {
  Visitor(io::Loop& loop, io::Poller& poller, Load& load, Duration own_pause)
      : pause(own_pause), client(poller, load.options_.server, load), next(loop, [this, &load] { client.get(load.options_.path); }) {}
  Duration pause;
  HttpClient client;
  io::CallbackTimer next;
  bool gone = false;
};

Load::Load(io::Loop& loop, io::Poller& poller, Options options) : loop_(loop), options_(std::move(options)) {
  // Each in a rhythm of its own, or they would march in step from the stop on.
  const Duration half = options_.pause / 2;
  for (std::size_t i = 0; i < options_.clients; ++i)
    visitors_.push_back(
        std::make_unique<Visitor>(loop, poller, *this, half + options_.pause * static_cast<int>(i) / static_cast<int>(options_.clients)));
}

Load::~Load() = default;

void Load::start() {
  Duration wait{};
  for (const auto& visitor : visitors_) {
    visitor->next.arm_after(wait);
    wait += options_.pause / static_cast<int>(visitors_.size());
  }
}

void Load::begin_stop() {
  stopping_ = true;
  for (const auto& visitor : visitors_) {
    if (visitor->client.busy() || visitor->gone) continue;
    visitor->next.disarm();
    visitor->client.get(options_.path);
  }
  in_flight_at_stop_ = static_cast<std::uint64_t>(std::ranges::count_if(visitors_, [](const auto& each) { return each->client.busy(); }));
}

bool Load::over() const {
  return std::ranges::all_of(visitors_, [](const auto& each) { return each->gone; });
}

void Load::give_up() {
  for (const auto& visitor : visitors_) {
    visitor->next.disarm();
    // A handshake that nobody answers (the SYN filter of G4 holds it back) ends as a refusal, in its own time.
    if (visitor->client.busy()) count({.what = visitor->client.connected() ? ReplyKind::lost : ReplyKind::refused});
    visitor->client.drop();
    visitor->gone = true;
  }
}

Load::Visitor& Load::visitor_of(HttpClient& client) {
  return **std::ranges::find_if(visitors_, [&](const auto& each) { return &each->client == &client; });
}

void Load::on_reply(HttpClient& client, const Reply& reply) {
  count(reply);
  Visitor& visitor = visitor_of(client);
  const bool refused = reply.what == ReplyKind::refused;
  if (refused && stopping_) {
    visitor.gone = true;
    return;
  }
  visitor.next.arm_after(refused ? kRetryPause : visitor.pause);
}

// It comes back in its time, on a new connection.
void Load::on_idle_end(HttpClient&) {}

void Load::count(const Reply& reply) {
  LoadFigures& figures = stopping_ ? after_ : before_;
  switch (reply.what) {
    case ReplyKind::answered:
      if (stopping_ && reply.status == 503) {
        ++figures.unavailable;
        return;
      }
      ++figures.answered;
      if (reply.status >= 500) ++figures.server_errors;
      if (reply.status >= 400 && reply.status < 500) ++figures.client_errors;
      return;
    case ReplyKind::raced: ++figures.raced; return;
    case ReplyKind::refused: ++figures.refused; return;
    case ReplyKind::lost: ++figures.lost; return;
    case ReplyKind::reset: ++figures.reset; return;
    case ReplyKind::truncated: ++figures.truncated; return;
    case ReplyKind::invalid: ++figures.invalid; return;
  }
}

}  // namespace lastcall::rehearsal
