#include "fake_worker.h"

namespace lastcall::sim {

using Kind = Message::Kind;

FakeWorker::FakeWorker(World& world, core::WorkerId id, std::function<void(core::WorkerId, const Message&)> supervisor)
    : world_(world),
      id_(id),
      inbox_(world.clock, world.dice, world.plan, [this](const Message& message) { if (healthy()) on_message(message); }),
      outbox_(world.clock, world.dice, world.plan, [supervisor, id](const Message& message) { supervisor(id, message); }) {}

std::size_t FakeWorker::running_finite(std::optional<core::InstanceId> copy) const {
  std::size_t count = 0;
  for (const auto& [number, request] : requests_)
    count += !request.stream && (!copy || request.copy == *copy) && world_.copy_runs(request.copy);
  return healthy() ? count : 0;
}

void FakeWorker::on_message(const Message& message) {
  switch (message.kind) {
    case Kind::phase:
      started_ = started_ || message.phase >= core::Phase::serving;
      version_ = message.version;
      closing_ = message.phase > core::Phase::serving;
      counted_ = false;
      return count();
    case Kind::upstreams: ready_ = message.ready; return;
    case Kind::stop_accepting: return stop_accepting();
    case Kind::take_connection: return serve_one();
    case Kind::end_streams: return end_idle_and_streams();
    case Kind::seal:
      sealed_.insert(message.instance);
      outbox_.send({.kind = Kind::sealed, .instance = message.instance});
      counted_ = false;
      return count();
    case Kind::finish: return finish();
    default: return;
  }
}

// Goes on for 20 ms, takes what is queued, closes in the same turn (decision 26).
void FakeWorker::stop_accepting() {
  world_.clock.in(milliseconds(20), [this] {
    if (!healthy()) return;
    for (int queued = world_.take_backlog(); queued > 0; --queued) {
      world_.checker.on_accept(copy_open_);
      serve_one();
    }
    copy_open_ = false;
    say(Kind::stopped_accepting);
  });
}

void FakeWorker::connection() {
  if (!healthy()) return;
  world_.checker.on_accept(copy_open_);
  serve_one();
}

void FakeWorker::late_request() {
  if (!healthy() || idle_ == 0) return;
  --idle_;
  forward();
}

// A new connection speaks at once, or idles first.
void FakeWorker::serve_one() {
  if (world_.dice.chance(0.7)) return forward();
  ++idle_;
  if (ending_) close_idle_later();
  count();
}

void FakeWorker::forward() {
  std::vector<core::InstanceId> open = ready_;
  std::erase_if(open, [&](core::InstanceId copy) { return sealed_.contains(copy); });
  if (open.empty()) return count();  // 503 and close
  const core::InstanceId copy = open[static_cast<std::size_t>(world_.dice.number(0, static_cast<int>(open.size()) - 1))];
  if (!world_.copy_runs(copy)) return count();  // 502 and close
  world_.checker.on_forward(sealed_.contains(copy), world_.copy_was_signalled(copy));
  const bool stream = world_.dice.chance(world_.plan.streams);
  const std::uint64_t request = next_request_++;
  requests_[request] = {copy, stream};
  const Duration length = world_.dice.between(milliseconds(1), world_.plan.request_length);
  world_.clock.in(stream ? 20 * length : length, [this, request] { end_request(request); });
  count();
}

void FakeWorker::end_request(std::uint64_t request) {
  if (!healthy() || requests_.erase(request) == 0) return;
  if (!closing_ && world_.dice.chance(0.6)) ++idle_;  // keep-alive
  count();
}

void FakeWorker::copy_died(core::InstanceId copy) {
  world_.clock.in(world_.dice.between(Duration::zero(), milliseconds(2)), [this, copy] {
    if (!healthy()) return;
    std::erase_if(requests_, [&](const auto& each) { return each.second.copy == copy; });
    count();
  });
}

void FakeWorker::end_idle_and_streams() {
  ending_ = true;
  for (std::uint64_t i = 0; i < idle_; ++i) close_idle_later();
  for (const auto& [number, request] : requests_)
    if (request.stream) world_.clock.in(world_.dice.between(Duration::zero(), seconds(8)), [this, each = number] { end_request(each); });
}

void FakeWorker::close_idle_later() {
  const TimePoint now = world_.clock.now();
  const Duration pause = world_.dice.between(Duration::zero(), seconds(4));
  world_.clock.at(core::IdlePolicy{}.close_at(now, pause, now, kNever), [this] {
    if (!healthy() || idle_ == 0) return;
    --idle_;
    count();
  });
}

void FakeWorker::finish() {
  if (world_.plan.client_never_reads) return;
  world_.clock.in(world_.dice.between(Duration::zero(), milliseconds(300)), [this] { if (healthy()) say(Kind::finished); });
}

void FakeWorker::hang() {
  hung_ = true;
  inbox_.stick();
}

void FakeWorker::say(Kind kind) { outbox_.send({.kind = kind, .version = version_, .census = last_}); }

// At every change to or from zero, of a sealed copy too, after a new phase and after a seal; else now and then.
void FakeWorker::count() {
  core::Census census{.phase_version = version_, .idle = idle_};
  for (const core::InstanceId copy : ready_) census.at[copy];
  for (const core::InstanceId copy : sealed_) census.at[copy].sealed = true;
  for (const auto& [number, request] : requests_) {
    ++(request.stream ? census.streams : census.finite);
    census.at[request.copy].finite += !request.stream;
  }
  const auto zero = [](const core::Census& each) {
    int bits = (each.finite == 0) + 2 * (each.streams == 0) + 4 * (each.idle == 0), next = 8;
    for (const auto& [copy, at] : each.at) bits += at.sealed && at.finite == 0 ? next : 0, next *= 2;
    return bits;
  };
  if (counted_ && zero(census) == zero(last_) && !world_.dice.chance(0.3)) return;
  counted_ = true;
  last_ = census;
  say(Kind::census);
}

}  // namespace lastcall::sim
