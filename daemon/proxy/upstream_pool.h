// Connections to the child: opened on demand at the instance that shall have the next request, kept there for reuse, newest first, and
// dropped before the child would drop them (G59 to G61). A pooled connection stays in the poller: EOF or any byte on it ends it. One per
// worker; which instance takes requests is not its business.
#pragma once

#include <memory>
#include <optional>

#include "io/callback_timer.h"
#include "io/stream.h"
#include "proxy/instances.h"

namespace lastcall::proxy {

struct WorkerContext;

struct UpstreamConnection {
  std::unique_ptr<io::Stream> stream;
  Lease lease;
  bool reused = false;  // has carried a request before: its failure may be the child's idle close
  const void* client = nullptr;  // whose alone it is: its PROXY header named him (G207); null: anybody's
};

class UpstreamPool final : private io::StreamOwner {
 public:
  explicit UpstreamPool(WorkerContext& context);
  ~UpstreamPool() override;

  struct Wanted {
    SessionKind kind = SessionKind::finite;
    bool repeatable = false;  // what must not be sent twice takes only a connection that was busy within the last second (G61)
    bool fresh_only = false;  // for a retry and for tunnels
    Instances::Avoid avoid{};
    const void* client = nullptr;  // one of his own, which carries his name already unless it is new
  };
  // A pooled connection that is safe for this request, or a new one that may still be connecting. An error: every instance that might be
  // asked now has refused at once.
  Result<UpstreamConnection> acquire(io::StreamOwner& owner, const Wanted& wanted);
  // After a complete exchange. `keep_alive_timeout`: what the child said, 0 if nothing.
  void release(UpstreamConnection connection, std::uint32_t keep_alive_timeout);
  void forget(const void* client);  // who has left: his own connections are nobody's now

 private:
  void on_stream(io::Stream& stream) override;
  std::unique_ptr<io::Stream> take_idle(Instance& instance, const Wanted& wanted);
  void expire();
  static constexpr std::size_t kMaxIdle = 256;  // of an instance

  WorkerContext& context_;
  io::CallbackTimer expiry_;
};

}  // namespace lastcall::proxy
