// All client sessions of a worker in one intrusive list, with a gauge per kind. Sessions end by retire(): they leave the gauges at
// once and are destroyed at the end of the turn, so no callback on the stack loses the object under it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "io/loop.h"

namespace lastcall::proxy {

class Session;

enum class SessionKind : std::uint8_t {
  idle,       // a connection without a request
  finite,     // a request that ends by itself: from its first byte until the last byte of its answer has left (G52)
  stream,     // a tunnel, an event stream, or a path that the user listed (decision 1)
  lingering,  // we have sent FIN and wait for the client's: delays only the worker's own exit (decision 2)
};

class SessionList final : private io::Deferred {
 public:
  explicit SessionList(io::Loop& loop) : loop_(loop) {}
  ~SessionList() override;

  void add(std::unique_ptr<Session> session);
  void retire(Session& session);
  void change_kind(SessionKind from, SessionKind to);
  void for_each(const std::function<void(Session&)>& visit);  // the visitor may retire any session

  std::uint64_t count(SessionKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  bool empty() const { return first_ == nullptr; }
  std::size_t size() const { return size_; }
  // Called whenever a gauge changes; set once by the census reporter.
  std::function<void(SessionKind, SessionKind)> on_change;
  // Called after retired sessions were destroyed: their descriptors are free.
  std::function<void()> on_retired;

 private:
  void on_deferred() override;
  void unlink(Session& session);

  io::Loop& loop_;
  Session* first_ = nullptr;
  Session* retired_ = nullptr;
  std::size_t size_ = 0;
  std::array<std::uint64_t, 4> counts_{};
};

}  // namespace lastcall::proxy
