#include "proxy/instances.h"

#include <algorithm>

#include "os/socket.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {
namespace {

using proto::InstanceState;

// The supervisor knows of a dead child within milliseconds; one that only closed its port for a moment is found again soon.
constexpr Duration kShun = milliseconds(200);
// Its accept queue is full, which a living child changes at once (G200: on a Unix socket the kernel does not wait for room).
constexpr Duration kShunFull = milliseconds(10);
// The kernel drops the SYN where an accept queue is full and asks again after 1 s. Whom that did not let in found it full twice, a second apart,
// which is more than a burst does to a child that accepts; the next try would be another second away or, on older kernels, two.
constexpr Duration kPatience = milliseconds(1200);
// Of one that is known to be slow: with room in its queue the connection stands within the turn.
constexpr Duration kPatienceSlow = milliseconds(100);
constexpr Duration kShunSlow = seconds(1);
constexpr Duration kTellEvery = seconds(1);

}  // namespace

Lease::Lease(Instances& instances, Instance& instance, SessionKind kind)
    : instances_(&instances),
      instance_(&instance),
      id_(instance.id),
      number_(instance.number),
      generation_(instance.generation),
      stream_(kind == SessionKind::stream) {
  instances.count(instance, stream_, 1);
}

void Lease::swap(Lease& other) noexcept {
  std::swap(instances_, other.instances_);
  std::swap(instance_, other.instance_);
  std::swap(id_, other.id_);
  std::swap(number_, other.number_);
  std::swap(generation_, other.generation_);
  std::swap(stream_, other.stream_);
}

void Lease::follow(SessionKind kind) {
  if (kind != SessionKind::finite && kind != SessionKind::stream) return release();
  const bool stream = kind == SessionKind::stream;
  if (instance_ == nullptr || stream == stream_) return;
  instances_->count(*instance_, stream, 1);  // first the new one: what holds a lease is never forgotten
  instances_->count(*instance_, stream_, -1);
  stream_ = stream;
}

void Lease::release() {
  if (instance_ != nullptr) instances_->count(*std::exchange(instance_, nullptr), stream_, -1);
}

Instances::Instances(WorkerContext& context)
    : context_(context), limit_(context.settings.tcp ? 0 : context.settings.max_in_flight) {}

Instances::~Instances() = default;

Instance* Instances::find(std::uint32_t id) {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const auto& instance) { return instance->id == id; });
  return found != all_.end() ? found->get() : nullptr;
}

Instance& Instances::find_or_add(std::uint32_t id) {
  if (Instance* known = find(id)) return *known;
  all_.push_back(std::make_unique<Instance>());
  all_.back()->id = id;
  return *all_.back();
}

void Instances::update(const proto::message::Upstreams& upstreams) {
  if (closed_) return;
  std::vector<Instance*> unnamed;
  for (const auto& instance : all_) unnamed.push_back(instance.get());
  for (std::uint32_t i = 0; i < upstreams.count; ++i) {
    const auto& entry = upstreams.entries[i];
    const auto address = Address::from(reinterpret_cast<const sockaddr*>(&entry.address), entry.address_size);
    Instance& instance = find_or_add(entry.instance);
    std::erase(unnamed, &instance);
    const bool same = instance.state == entry.state && instance.address == address;
    instance.address = address;
    instance.state = entry.state;
    instance.number = entry.number;
    // Said to be ready after the seal: another process, or the old one stays after all. Not where the service ends.
    if (entry.state == InstanceState::ready && context_.phase < core::Phase::sealing) instance.sealed = false;
    if (same) continue;
    // Connections to a place that takes no new requests are ours to close, so no race (G159).
    instance.idle.clear();
    instance.shunned_until = {};
    instance.closed_its_door = instance.slow = false;
    ++instance.generation;
  }
  for (Instance* instance : unnamed) {
    instance->state = InstanceState::gone;
    instance->idle.clear();
    ++instance->generation;
  }
  forget_gone();
}

void Instances::seal(std::uint32_t id) {
  Instance* instance = find(id);
  if (instance == nullptr) return;
  instance->sealed = true;
  instance->idle.clear();
}

void Instances::close() {
  closed_ = true;
  for (const auto& instance : all_) {
    instance->sealed = true;
    instance->idle.clear();
  }
}

void Instances::forget_gone() {
  std::erase_if(all_, [](const auto& instance) { return instance->state == InstanceState::gone && instance->leases() == 0; });
}

void Instances::count(Instance& instance, bool stream, int change) {
  std::uint64_t& counter = stream ? instance.streams : instance.finite;
  counter += static_cast<std::uint64_t>(change);
  if (change > 0) return;
  if (counter == 0 && instance.sealed && on_sealed_idle) on_sealed_idle();
  if (limit_ != 0 && !stream && on_slot_free) on_slot_free();
  if (instance.leases() == 0 && instance.state == InstanceState::gone) forget_gone();
}

bool Instances::free(const Instance& instance) const {
  return instance.takes_requests() && (limit_ == 0 || instance.finite < limit_) && instance.shunned_until <= context_.now();
}

bool Instances::any_free(Avoid avoid) const {
  return !closed_ && std::any_of(all_.begin(), all_.end(), [&](const auto& instance) { return instance->id != avoid && free(*instance); });
}

// While the service ends all of them are sealed one after the other, and nobody is better off at the next.
bool Instances::better_elsewhere(const Lease& lease) const {
  const Instance* instance = lease.instance();
  if (instance == nullptr || context_.phase >= core::Phase::sealing) return false;
  return (!instance->takes_requests() || !lease.current()) && any_free(instance->id);
}

TimePoint Instances::look_at(const Lease& lease) const {
  return context_.now() + (lease.instance() != nullptr && lease.instance()->slow ? kPatienceSlow : kPatience);
}

bool Instances::leave_slow(const Lease& lease, int socket) {
  if (better_elsewhere(lease)) return true;  // by now
  Instance* instance = lease.instance();
  if (instance == nullptr || context_.phase >= core::Phase::sealing || !any_free(instance->id)) return false;
  if (os::peer_address(socket)) return false;  // it stands: only we have not heard of it yet, having stood still ourselves
  context_.count(proto::Counter::upstream_connect_failures);
  tell_failed(*instance, ETIMEDOUT);
  instance->slow = true;
  instance->shunned_until = context_.now() + kShunSlow;
  return true;
}

// The others wait for how it goes.
void Instances::on_connecting(Instance& instance) {
  if (instance.slow) instance.shunned_until = context_.now() + kShunSlow;
}

void Instances::on_connected(const Lease& lease) {
  if (lease.instance() == nullptr || !lease.instance()->slow || !lease.current()) return;
  lease.instance()->slow = false;
  lease.instance()->shunned_until = {};
  if (on_slot_free) on_slot_free();
}

Instance* Instances::choose(Avoid avoid) {
  if (closed_) return nullptr;
  Instance* best = nullptr;
  std::size_t place = 0;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const std::size_t at = (next_ + i) % all_.size();
    Instance& each = *all_[at];
    if (each.id == avoid || !free(each)) continue;
    // A new copy with few streams must not get every request until it has as many as the others.
    const bool better = best == nullptr || each.finite < best->finite || (each.finite == best->finite && each.streams < best->streams);
    if (!better) continue;
    best = &each;
    place = at;
  }
  if (best != nullptr) next_ = place + 1;
  return best;
}

bool Instances::expected() const {
  if (closed_) return false;
  return std::any_of(all_.begin(), all_.end(), [&](const auto& instance) {
    const bool lives = instance->state == InstanceState::ready || instance->state == InstanceState::starting;
    return lives && !(instance->sealed && context_.ending());  // while the service runs a sealed one makes place for the next
  });
}

TimePoint Instances::next_try() const {
  TimePoint next = kNever;
  for (const auto& instance : all_)
    if (instance->takes_requests() && instance->shunned_until > context_.now()) next = std::min(next, instance->shunned_until);
  return next;
}

// Where nobody else will take its place there is nothing to wait for, and each request hears the truth at once.
bool Instances::may_shun(const Instance& instance) const {
  return context_.restarts() || std::any_of(all_.begin(), all_.end(), [&](const auto& each) { return each.get() != &instance && each->takes_requests(); });
}

void Instances::tell_failed(Instance& instance, int error) {
  const TimePoint now = context_.now();
  if (!on_failed || (instance.told_failed != kNever && now < instance.told_failed + kTellEvery)) return;
  instance.told_failed = now;
  on_failed(instance.id, error);
}

bool Instances::on_refused(Instance& instance, int error) {
  context_.count(proto::Counter::upstream_connect_failures);
  const TimePoint now = context_.now();
  if (error == EAGAIN) {
    instance.shunned_until = now + kShunFull;
    return true;
  }
  // Signalled behind our back it closes its listener first, and many wait for the connections that we keep (G154).
  if (error == ECONNREFUSED) {
    instance.closed_its_door = true;
    instance.idle.clear();
  }
  tell_failed(instance, error);
  if (!may_shun(instance)) return false;
  instance.shunned_until = now + kShun;
  return true;
}

void Instances::report(proto::message::CensusReport& census) const {
  for (const auto& instance : all_) {
    if (census.count == proto::message::CensusReport::kMax) return;
    census.entries[census.count++] = {
        .instance = instance->id, .sealed = instance->sealed ? 1U : 0U, .finite = instance->finite, .streams = instance->streams};
  }
}

}  // namespace lastcall::proxy
