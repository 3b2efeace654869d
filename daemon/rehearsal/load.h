// The traffic of a rehearsal: a few keep-alive clients that ask for one page, pause, and ask again, until the service takes nobody any
// more. They behave as clients do that know nothing of a stop: they go on asking and connect again where they were told to. At the stop
// every one of them has a request under way, so that what happens then is no matter of luck. Owned by a Run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/callback_timer.h"
#include "rehearsal/figures.h"
#include "rehearsal/http_client.h"

namespace lastcall::rehearsal {

class Load final : private HttpClient::Owner {
 public:
  struct Options {
    Address server;
    std::string path;
    std::size_t clients = 0;
    Duration pause = milliseconds(100);  // 200 requests a second from 20 clients: traffic, not a stress test
  };
  Load(io::Loop& loop, io::Poller& poller, Options options);
  ~Load() override;

  void start();
  // Sends a request of every client that pauses: call right before the signal. From now on a refused connect ends its client.
  void begin_stop();
  bool over() const;  // every client has been refused
  void give_up();     // what has no answer yet is lost

  const LoadFigures& before() const { return before_; }
  const LoadFigures& after() const { return after_; }
  std::uint64_t in_flight_at_stop() const { return in_flight_at_stop_; }

 private:
  struct Visitor;
  void on_reply(HttpClient& client, const Reply& reply) override;
  void on_idle_end(HttpClient& client) override;
  void count(const Reply& reply);
  Visitor& visitor_of(HttpClient& client);

  io::Loop& loop_;
  Options options_;
  std::vector<std::unique_ptr<Visitor>> visitors_;
  LoadFigures before_, after_;
  bool stopping_ = false;
  std::uint64_t in_flight_at_stop_ = 0;
};

}  // namespace lastcall::rehearsal
