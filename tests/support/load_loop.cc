#include "support/load_loop.h"

#include <poll.h>

#include <algorithm>

namespace lastcall::test {

LoadLoop::LoadLoop(const std::vector<LoadPlan>& plans, std::uint32_t seed) : plans_(plans) {
  for (const LoadPlan& plan : plans_) {
    for (int number = 0; number < plan.clients; ++number) {
      clients_.emplace_back(plan, seed++, counts_);
      clients_.back().start();
    }
  }
}

bool LoadLoop::turn(Clock::time_point until) {
  std::vector<pollfd> entries;
  std::vector<LoadClient*> polled;
  Clock::time_point wake = until;
  bool alive = false;
  for (LoadClient& client : clients_) {
    if (client.ended()) continue;
    alive = true;
    wake = std::min(wake, client.wake());
    if (const short wanted = client.wanted(); client.fd() >= 0 && wanted != 0) {
      entries.push_back({client.fd(), wanted, 0});
      polled.push_back(&client);
    }
  }
  if (!alive) return false;

  // Nanoseconds, so that a client without thinking time does not wait for the next millisecond.
  const auto wait = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(wake - Clock::now()));
  const timespec limit{static_cast<time_t>(wait.count() / 1'000'000'000), static_cast<long>(wait.count() % 1'000'000'000)};
  ::ppoll(entries.data(), entries.size(), &limit, nullptr);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].revents != 0 && polled[i]->fd() == entries[i].fd) polled[i]->on_ready();
  }
  const auto now = Clock::now();
  for (LoadClient& client : clients_) {
    if (!client.ended() && client.wake() <= now) client.on_time();
  }
  return true;
}

void LoadLoop::run_for(Milliseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end && turn(end)) {
  }
}

void LoadLoop::run_until_answered(std::uint64_t requests, Milliseconds wait) {
  const auto end = Clock::now() + wait;
  while (counts_.answered < requests && Clock::now() < end && turn(end)) {
  }
}

void LoadLoop::set_stopping() {
  for (LoadClient& client : clients_) client.set_stopping();
}

bool LoadLoop::run_to_end(Milliseconds wait) {
  const auto end = Clock::now() + wait;
  while (Clock::now() < end) {
    if (!turn(end)) return true;
  }
  for (LoadClient& client : clients_) {
    if (!client.ended()) client.give_up();
  }
  return false;
}

}  // namespace lastcall::test
