// The copies of the child as the supervisor last told of them, and what runs at each of them from this worker. Says which one takes the next
// request: a ready one that is not sealed, with the fewest requests in flight; one that has just refused a connection comes last, so that
// a dead copy does not draw everything to itself. Counts by leases, which requests and tunnels hold. One per worker; connects nowhere.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "io/stream.h"
#include "proto/channel_message.h"
#include "proxy/session_list.h"

namespace lastcall::proxy {

struct WorkerContext;
class Instances;

// Kept for the next request, with nothing on its way in either direction.
struct IdleConnection {
  std::unique_ptr<io::Stream> stream;
  TimePoint since{};
  TimePoint expires = kNever;
  const void* client = nullptr;  // as UpstreamConnection's
};

struct Instance {
  std::uint32_t id = 0;
  std::uint32_t number = 0;          // what people call it
  Address address{};
  proto::InstanceState state = proto::InstanceState::gone;
  bool sealed = false;
  std::uint32_t generation = 0;      // another process, or another place: connections to the last one are not used again
  std::uint64_t finite = 0;          // leases
  std::uint64_t streams = 0;
  TimePoint shunned_until{};         // it has just refused a connection
  bool closed_its_door = false;      // it did so once: while the service ends it will not open again
  bool slow = false;                 // it let a connection wait that another took: nothing but one attempt at a time until one stands
  TimePoint told_failed = kNever;    // when the supervisor last heard of that
  std::vector<IdleConnection> idle;  // oldest first; the pool's

  bool takes_requests() const { return state == proto::InstanceState::ready && !sealed; }
  std::uint64_t leases() const { return finite + streams; }
};

// A request or a stream at an instance: from before its connection until after its answer, and while a tunnel is open.
class Lease {
 public:
  Lease() = default;
  Lease(Instances& instances, Instance& instance, SessionKind kind);
  Lease(Lease&& other) noexcept { swap(other); }
  Lease& operator=(Lease&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Lease() { release(); }

  void follow(SessionKind kind);  // what its session is counted as; nothing is left of it where that is neither finite nor stream
  void release();
  Instance* instance() const { return instance_; }  // null: released
  std::uint32_t id() const { return id_; }
  std::uint32_t number() const { return number_; }
  bool current() const { return instance_ != nullptr && instance_->generation == generation_; }

 private:
  void swap(Lease& other) noexcept;
  Instances* instances_ = nullptr;
  Instance* instance_ = nullptr;
  std::uint32_t id_ = 0, number_ = 0;
  std::uint32_t generation_ = 0;
  bool stream_ = false;
};

class Instances {
 public:
  using Avoid = std::optional<std::uint32_t>;
  explicit Instances(WorkerContext& context);
  ~Instances();

  void update(const proto::message::Upstreams& upstreams);
  void seal(std::uint32_t id);
  void close();  // the service ends: nothing is sent to any of them any more

  // Null: none may be sent a request now. `avoid`: it has just failed.
  Instance* choose(Avoid avoid = {});
  bool any_free(Avoid avoid = {}) const;
  // Of a connection that still is on its way: there is no use in waiting for it, and another instance would take the request at once.
  bool better_elsewhere(const Lease& lease) const;
  // Of a connection that has just been begun: when leave_slow() is to be asked, and how often from then on.
  TimePoint look_at(const Lease& lease) const;
  static constexpr Duration kLookAgain = milliseconds(200);
  // True: its instance does not let it in, another would take the request at once, and this one is left alone for a while.
  bool leave_slow(const Lease& lease, int socket);
  void on_connecting(Instance& instance);
  void on_connected(const Lease& lease);
  // One serves, or will: waiting makes sense.
  bool expected() const;
  TimePoint next_try() const;  // when one that was shunned may be asked again; kNever
  // False: nothing else will take its place, whoever wanted it is refused. True: it is left alone for a moment.
  bool on_refused(Instance& instance, int error);

  std::uint64_t limit() const { return limit_; }  // finite requests at each; 0: none
  const std::vector<std::unique_ptr<Instance>>& all() const { return all_; }
  void report(proto::message::CensusReport& census) const;

  // Set once: a request has left one while there is a limit, or one is no longer slow; nothing runs any more at a sealed one; a connection was refused, at most once
  // a second for each.
  std::function<void()> on_slot_free;
  std::function<void()> on_sealed_idle;
  std::function<void(std::uint32_t id, int error)> on_failed;

 private:
  friend class Lease;
  void count(Instance& instance, bool stream, int change);
  void forget_gone();
  bool free(const Instance& instance) const;
  bool may_shun(const Instance& instance) const;
  void tell_failed(Instance& instance, int error);
  Instance* find(std::uint32_t id);
  Instance& find_or_add(std::uint32_t id);

  WorkerContext& context_;
  std::vector<std::unique_ptr<Instance>> all_;  // at most as many as a message names, and those at which something still runs
  std::uint64_t limit_;
  std::size_t next_ = 0;  // where the search begins: in turn among equals
  bool closed_ = false;
};

}  // namespace lastcall::proxy
