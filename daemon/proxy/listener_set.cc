#include "proxy/listener_set.h"

#include <algorithm>

#include "os/listener_filter.h"
#include "os/socket.h"
#include "os/tcp_info.h"

namespace lastcall::proxy {
namespace {

// 20 ms lost 0 of 13,000 connections on loopback (docs/performance.md); 250 ms bounds what one far client can cost (G4).
constexpr Duration kShortestWindow = milliseconds(20);
constexpr Duration kLongestWindow = milliseconds(250);
// A system call per connection would cost more than it tells: every eighth, and the first ones.
constexpr std::uint32_t kSampleEvery = 8;

}  // namespace

ListenerSet::ListenerSet(WorkerContext& context, std::vector<UniqueFd> listeners, OnConnection on_connection)
    : context_(context), on_connection_(std::move(on_connection)), window_end_(context.loop, [this] { finish_close(); }) {
  for (auto& socket : listeners) {
    Listener& listener = listeners_.emplace_back();
    listener.socket = std::move(socket);
    listener.acceptor = std::make_unique<io::Acceptor>(
        context.loop, listener.socket.get(), [this](UniqueFd accepted_socket, const Address& peer) { accepted(std::move(accepted_socket), peer); });
  }
}

void ListenerSet::start() {
  for (auto& listener : listeners_) listener.acceptor->start();
}

void ListenerSet::pause() {
  for (auto& listener : listeners_) listener.acceptor->pause();
}

bool ListenerSet::somebody_waits() const {
  return std::any_of(listeners_.begin(), listeners_.end(), [](const Listener& listener) { return os::is_readable(listener.socket.get()); });
}

void ListenerSet::on_descriptor_freed() {
  for (auto& listener : listeners_) listener.acceptor->on_descriptor_freed();
}

void ListenerSet::accepted(UniqueFd socket, const Address& peer) {
  if (closing_) {
    ++swept_;
    os::detach_filter(socket.get());  // inherited from the listener (G5)
  }
  if ((accepted_ < recent_rtt_.size() || accepted_ % kSampleEvery == 0) && !peer.is_unix())
    recent_rtt_[(accepted_ / (accepted_ < recent_rtt_.size() ? 1 : kSampleEvery)) % recent_rtt_.size()] = os::round_trip(socket.get());
  ++accepted_;
  on_connection_(std::move(socket), peer);
}

Duration ListenerSet::window() const {
  const Duration slowest = *std::max_element(recent_rtt_.begin(), recent_rtt_.end());
  return std::clamp<Duration>(2 * slowest, kShortestWindow, kLongestWindow);
}

void ListenerSet::close(bool take_queue, std::function<void(std::uint64_t)> on_closed) {
  if (closing_) return;
  closing_ = true;
  on_closed_ = std::move(on_closed);
  if (!take_queue) {
    listeners_.clear();
    return on_closed_(0);
  }
  start();  // on a stop before the child was ready nothing was accepted so far (decision 9)
  context_.loop.refresh();  // a window counts from now, not from the beginning of a long turn
  window_end_.arm_after(window());
}

void ListenerSet::finish_close() {
  for (auto& listener : listeners_) {
    listener.acceptor->sweep();
    listener.acceptor.reset();
    listener.socket.reset();
  }
  listeners_.clear();
  on_closed_(swept_);
}

}  // namespace lastcall::proxy
