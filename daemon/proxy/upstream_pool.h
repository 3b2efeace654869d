// Connections to the child: opened on demand, kept for reuse, newest first, and dropped before the child would drop them (G59 to G61).
// A pooled connection stays in the poller: EOF or any byte on it ends it. One per worker; knows which instance takes requests.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/address.h"
#include "io/callback_timer.h"
#include "io/stream.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {

struct WorkerContext;

struct UpstreamConnection {
  std::unique_ptr<io::Stream> stream;
  WaitingRoom::Slot slot;    // while it carries a request
  std::uint32_t instance = 0;
  bool reused = false;       // has carried a request before: its failure may be the child's idle close
  TimePoint idle_since{};
  TimePoint expires = kNever;
};

class UpstreamPool final : private io::StreamOwner {
 public:
  explicit UpstreamPool(WorkerContext& context);
  ~UpstreamPool() override;

  // Where new requests go; nothing: nowhere. Pooled connections to another place are closed: they are ours, so no race (G159).
  void set_target(std::uint32_t instance, std::optional<Address> address);
  const std::optional<Address>& target() const { return target_; }
  std::uint32_t instance() const { return instance_; }

  // A pooled connection that is safe for this request, or a new one that may still be connecting. `fresh_only` for a retry and for
  // tunnels. A request that must not be sent twice takes only a connection that was busy within the last second (G61).
  Result<UpstreamConnection> acquire(io::StreamOwner& owner, bool repeatable, bool fresh_only);
  // After a complete exchange. `keep_alive_timeout`: what the child said, 0 if nothing.
  void release(UpstreamConnection connection, std::uint32_t keep_alive_timeout);
  void close_idle() { idle_.clear(); }

 private:
  void on_stream(io::Stream& stream) override;
  void expire();
  static constexpr std::size_t kMaxIdle = 256;

  WorkerContext& context_;
  std::optional<Address> target_;
  std::uint32_t instance_ = 0;
  std::vector<UpstreamConnection> idle_;  // oldest first
  io::CallbackTimer expiry_;
};

}  // namespace lastcall::proxy
