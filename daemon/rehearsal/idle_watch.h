// Measures how long the command itself keeps an idle connection: one request straight to it, past lastcall, then silence until it closes or
// we have seen enough. What it announces in Keep-Alive is noted, too. Owned by a Run.
#pragma once

#include <functional>
#include <string>

#include "io/callback_timer.h"
#include "rehearsal/figures.h"
#include "rehearsal/http_client.h"

namespace lastcall::rehearsal {

class IdleWatch final : private HttpClient::Owner {
 public:
  struct Options {
    Address command;
    std::string path;
    Duration pool_idle{};                  // timeouts.upstream_idle
    Duration answer_within = seconds(10);  // a page that takes longer is no page for this question
  };
  // `on_done` is called once: the connection was closed, or was watched for as long as it matters.
  IdleWatch(io::Loop& loop, io::Poller& poller, Options options, std::function<void()> on_done);

  void start();
  bool done() const { return done_; }
  IdleFigures figures() const;  // also before the end

 private:
  void on_reply(HttpClient& client, const Reply& reply) override;
  void on_idle_end(HttpClient& client) override;
  void finish();

  io::Loop& loop_;
  Options options_;
  std::function<void()> on_done_;
  HttpClient client_;
  io::CallbackTimer seen_enough_;
  IdleFigures figures_;
  TimePoint idle_since_ = kNever;
  bool done_ = false;
};

}  // namespace lastcall::rehearsal
