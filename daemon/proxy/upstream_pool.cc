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

std::unique_ptr<io::Stream> UpstreamPool::take_idle(Instance& instance, const Wanted& wanted) {
  const TimePoint now = context_.now();
  auto& idle = instance.idle;
  for (;;) {
    const auto newest = std::find_if(idle.rbegin(), idle.rend(), [&](const auto& entry) { return entry.client == wanted.client; });
    if (newest == idle.rend()) break;
    const Duration idle_for = now - newest->since;
    if (!wanted.repeatable && idle_for > seconds(1)) break;
    IdleConnection kept = std::move(*newest);
    idle.erase(std::next(newest).base());
    const bool ask = !wanted.repeatable || idle_for > kSurelyAlive;
    if (now >= kept.expires || (ask && !kept.stream->quiet())) continue;
    return std::move(kept.stream);
  }
  return nullptr;
}

Result<UpstreamConnection> UpstreamPool::acquire(io::StreamOwner& owner, const Wanted& wanted) {
  while (Instance* instance = context_.instances->choose(wanted.avoid)) {
    // Of one that lets nobody in, the kept connections lead nowhere either; a new one tells.
    auto kept = wanted.fresh_only || instance->slow ? nullptr : take_idle(*instance, wanted);
    if (kept) {
      kept->set_owner(owner);
      context_.count(proto::Counter::upstream_reused);
      return UpstreamConnection{std::move(kept), Lease(*context_.instances, *instance, wanted.kind), true, wanted.client};
    }
    auto made = io::Stream::connect(context_.poller, instance->address, owner);
    if (made) {
      context_.count(proto::Counter::upstream_connects);
      context_.instances->on_connecting(*instance);
      return UpstreamConnection{std::move(made).value(), Lease(*context_.instances, *instance, wanted.kind), false, wanted.client};
    }
    if (!context_.instances->on_refused(*instance, made.error().code)) return std::move(made).error();
  }
  return Error{ECONNREFUSED, "no instance of the child takes connections now"};
}

void UpstreamPool::release(UpstreamConnection connection, std::uint32_t keep_alive_timeout) {
  io::Stream& stream = *connection.stream;
  const Lease& lease = connection.lease;
  const bool leaves = lease.instance() != nullptr && lease.instance()->closed_its_door && context_.ending();
  const bool usable = lease.current() && lease.instance()->takes_requests() && !leaves && !stream.failed() && !stream.peer_closed() &&
                      !stream.write_shut() && stream.queued() == 0 &&
                      (!stream.readable() || stream.quiet());  // its last read may have left something behind: no edge will tell
  if (!usable) return;
  Duration keep = context_.settings.timeouts.upstream_idle;
  if (keep_alive_timeout != 0) keep = std::min(keep, Duration(seconds(keep_alive_timeout)) - seconds(1));
  if (keep <= Duration::zero()) return;
  auto& idle = lease.instance()->idle;
  if (idle.size() >= kMaxIdle) idle.erase(idle.begin());
  stream.set_owner(*this);
  const TimePoint expires = after(context_.now(), keep);
  if (!expiry_.armed() && expires != kNever) expiry_.arm_at(expires);
  idle.push_back({.stream = std::move(connection.stream), .since = context_.now(), .expires = expires, .client = connection.client});
}

void UpstreamPool::forget(const void* client) {
  for (const auto& instance : context_.instances->all()) std::erase_if(instance->idle, [&](const auto& kept) { return kept.client == client; });
}

void UpstreamPool::on_stream(io::Stream& stream) {
  // Only writability is harmless; EOF, an error, or bytes that nobody asked for end a pooled connection (G61b, G88).
  if (!stream.failed() && !stream.peer_closed() && stream.quiet()) return;
  for (const auto& instance : context_.instances->all())
    if (std::erase_if(instance->idle, [&](const auto& kept) { return kept.stream.get() == &stream; }) > 0) return;
}

void UpstreamPool::expire() {
  const TimePoint now = context_.now();
  TimePoint next = kNever;
  for (const auto& instance : context_.instances->all()) {
    std::erase_if(instance->idle, [&](const auto& kept) { return now >= kept.expires; });
    for (const auto& kept : instance->idle) next = std::min(next, kept.expires);
  }
  if (next != kNever) expiry_.arm_at(next);
}

}  // namespace lastcall::proxy
