// Asks a server that nobody fronts whether it is there yet, by GET, again and again: what lastcall's own probe does in the run with
// lastcall. Owned by a Run without it.
#pragma once

#include <functional>
#include <string>

#include "io/callback_timer.h"
#include "rehearsal/http_client.h"

namespace lastcall::rehearsal {

class ReadyPoll final : private HttpClient::Owner {
 public:
  // Any answer will do, unless `must_succeed`: then one of 2xx or 3xx.
  ReadyPoll(io::Loop& loop, io::Poller& poller, Address server, std::string path, bool must_succeed, std::function<void()> on_ready);
  void start() { client_.get(path_); }

 private:
  void on_reply(HttpClient& client, const Reply& reply) override;
  void on_idle_end(HttpClient&) override {}

  std::string path_;
  bool must_succeed_;
  std::function<void()> on_ready_;
  HttpClient client_;
  io::CallbackTimer again_;
};

}  // namespace lastcall::rehearsal
