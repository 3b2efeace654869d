// A worker in a process of its own, as the supervisor starts it, between a test that plays the supervisor and a child that the test
// plays too. Everything waits on descriptors up to a deadline. A worker that crashes, or that a sanitizer ends, fails its test.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "base/unique_fd.h"
#include "config/settings.h"
#include "core/phase.h"
#include "fake_child.h"
#include "os/memfd.h"
#include "proto/channel_message.h"
#include "proto/counters_page.h"
#include "support/http_client.h"

namespace lastcall::test {

class WorkerUnderTest {
 public:
  using Adjust = std::function<void(config::Settings&)>;
  // The process is there; it has not been told anything yet. Most tests would only wait for its census of every second.
  static constexpr Duration kOften = milliseconds(20);
  static constexpr Duration kNotNow = seconds(3600);  // where every allocation counts
  explicit WorkerUnderTest(const Adjust& adjust = {}, FakeChild child = FakeChild(), Duration census_every = kOften);
  ~WorkerUnderTest();  // closes the channel and expects the worker to leave at once, unless wait_exit() was called
  WorkerUnderTest(const WorkerUnderTest&) = delete;
  WorkerUnderTest& operator=(const WorkerUnderTest&) = delete;

  std::uint16_t port(std::size_t listener = 0) const { return ports_[listener]; }
  FakeChild& child() { return child_; }
  int pid() const { return pid_; }

  // Down the channel.
  WorkerUnderTest& serve();  // the child is ready, the phase is `serving`
  void set_upstream(proto::InstanceState state);
  struct Upstream {
    std::uint32_t instance;
    proto::InstanceState state;
    const FakeChild& child;
    std::uint32_t number = 0;
  };
  void set_upstreams(const std::vector<Upstream>& upstreams);
  void set_phase(core::Phase phase, TimePoint drain = kNever);  // and waits for the ack
  template <class Body>
  void tell(const Body& body, int descriptor = -1) {
    send(proto::encode(body, ++sent_), descriptor);
  }
  void send(std::string_view message, int descriptor = -1);
  void stop_accepting(bool take_queue = true);
  void seal(std::uint32_t instance = 0);  // and waits for the answer
  void finish(Duration within);
  void close_channel() { channel_.reset(); }
  void close_own_listeners() { listeners_.clear(); }  // as the supervisor does when all workers have

  // Up the channel.
  proto::ToSupervisor next_message() { return unheard_.empty() ? receive() : pop_unheard(); }
  template <class Body>
  Body hear() {  // the next of that kind; what comes before it is dropped
    for (;;) {
      const proto::ToSupervisor message = next_message();
      if (const auto* body = std::get_if<Body>(&message)) return *body;
    }
  }
  proto::message::CensusReport await_census(const std::function<bool(const proto::message::CensusReport&)>& wanted);
  // Stops the worker in its tracks for so long: what happens meanwhile, and what became due, it finds together.
  void pause(Milliseconds time, const std::function<void()>& meanwhile);
  // The worker's own end of its one connection to there: what the kernel says of it, or what happens to it behind the worker's back.
  Fd connection_to(const Address& address) const;
  void sync();  // whatever had reached the worker before has been dealt with after
  int wait_exit();  // the exit status; 128 + n for a signal

  std::uint64_t counter(proto::Counter counter);  // now
  // As soon as it is `value`; what it is, where that does not happen.
  std::uint64_t await_counter(proto::Counter counter, std::uint64_t value);
  std::size_t private_bytes() const;  // memory of its own: neither shared nor read from files
  std::uint64_t allocations() const { return allocated_->load(std::memory_order_relaxed); }

 private:
  proto::ToSupervisor receive();
  proto::ToSupervisor pop_unheard();
  FakeChild child_;
  std::vector<std::uint16_t> ports_;
  std::vector<UniqueFd> listeners_;
  UniqueFd channel_;
  os::Mapping counters_, allocations_;
  std::atomic<std::uint64_t>* allocated_ = nullptr;
  int pid_ = -1;
  bool exited_ = false;
  std::uint32_t sent_ = 0;
  std::deque<proto::ToSupervisor> unheard_;  // came while sync() waited
  std::uint64_t version_ = 0, pings_ = 0, upstreams_ = 0;
};

inline TimePoint now() { return TimePoint(std::chrono::steady_clock::now().time_since_epoch()); }

// GET /path and what comes back on the connection of `client`, with the child answering `body` on `upstream`.
void exchange_one(HttpClient& client, TcpClient& upstream, std::string_view body = "hello");

}  // namespace lastcall::test
