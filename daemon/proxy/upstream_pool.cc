#include "proxy/upstream_pool.h"

#include <algorithm>

#include "proxy/worker_context.h"

namespace lastcall::proxy {
namespace {

// A connection that was busy this recently can't have met the child's keep-alive timeout, which counts in seconds; asking the kernel
// again (G61a) would cost every busy request a system call. A request that could not be repeated is worth it: the child may have closed
// for another reason in the very turn in which the request came.
constexpr Duration kSurelyAlive = milliseconds(200);

}  // namespace

UpstreamPool::UpstreamPool(WorkerContext& context) : context_(context), expiry_(context.loop, [this] { expire(); }) {}

UpstreamPool::~UpstreamPool() = default;

void UpstreamPool::set_target(std::uint32_t instance, std::optional<Address> address) {
  if (target_ != address || instance_ != instance) idle_.clear();
  target_ = std::move(address);
  instance_ = instance;
}

Result<UpstreamConnection> UpstreamPool::acquire(io::StreamOwner& owner, bool repeatable, bool fresh_only) {
  if (!target_) return Error{ECONNREFUSED, "the child is not ready"};
  const TimePoint now = context_.now();
  while (!fresh_only && !idle_.empty()) {
    const Duration idle_for = now - idle_.back().idle_since;
    if (!repeatable && idle_for > seconds(1)) break;
    UpstreamConnection connection = std::move(idle_.back());
    idle_.pop_back();
    const bool ask = !repeatable || idle_for > kSurelyAlive;
    if (now >= connection.expires || (ask && !connection.stream->quiet())) continue;
    connection.reused = true;
    connection.stream->set_owner(owner);
    context_.count(proto::Counter::upstream_reused);
    return connection;
  }
  UpstreamConnection connection;
  connection.stream = TRY(io::Stream::connect(context_.poller, *target_, owner));
  connection.instance = instance_;
  context_.count(proto::Counter::upstream_connects);
  return connection;
}

void UpstreamPool::release(UpstreamConnection connection, std::uint32_t keep_alive_timeout) {
  io::Stream& stream = *connection.stream;
  const bool usable = target_ && connection.instance == instance_ && !context_.sealed && !stream.failed() && !stream.peer_closed() &&
                      !stream.write_shut() && stream.queued() == 0 &&
                      (!stream.readable() || stream.quiet());  // its last read may have left something behind: no edge will tell
  if (!usable) return;
  if (idle_.size() >= kMaxIdle) idle_.erase(idle_.begin());
  Duration keep = context_.settings.timeouts.upstream_idle;
  if (keep_alive_timeout != 0) keep = std::min(keep, Duration(seconds(keep_alive_timeout)) - seconds(1));
  if (keep <= Duration::zero()) return;
  stream.set_owner(*this);
  connection.idle_since = context_.now();
  connection.expires = after(context_.now(), keep);
  if (!expiry_.armed() && connection.expires != kNever) expiry_.arm_at(connection.expires);
  idle_.push_back(std::move(connection));
}

void UpstreamPool::on_stream(io::Stream& stream) {
  // Only writability is harmless; EOF, an error, or bytes that nobody asked for end a pooled connection (G61b, G88).
  if (!stream.failed() && !stream.peer_closed() && stream.quiet()) return;
  const auto found = std::find_if(idle_.begin(), idle_.end(), [&](const auto& entry) { return entry.stream.get() == &stream; });
  if (found != idle_.end()) idle_.erase(found);
}

void UpstreamPool::expire() {
  const TimePoint now = context_.now();
  std::erase_if(idle_, [&](const auto& entry) { return now >= entry.expires; });
  TimePoint next = kNever;
  for (const auto& entry : idle_) next = std::min(next, entry.expires);
  if (next != kNever) expiry_.arm_at(next);
}

}  // namespace lastcall::proxy
