// The worker process: one loop, the listeners, every client connection, and one channel on which the supervisor commands it (docs/
// design.md 1 and 1.1). It obeys and reports; it decides nothing about phases. It reads no file and no environment, forks nothing,
// and leaves at once when the channel closes.
#pragma once

#include <memory>
#include <vector>

#include "base/unique_fd.h"
#include "io/channel.h"
#include "proto/channel_message.h"
#include "proxy/census_reporter.h"
#include "proxy/connection_limit.h"
#include "proxy/listener_set.h"
#include "proxy/proxy_header_session.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

class Worker final : private io::Channel::Owner {
 public:
  Worker(WorkerContext& context, UniqueFd channel, std::vector<UniqueFd> listeners);
  ~Worker() override;
  int exit_code() const { return exit_code_; }

 private:
  void on_channel_message(std::span<const char> message, std::vector<UniqueFd> descriptors) override;
  void on_channel_closed() override;

  void handle(const proto::message::Upstreams& message);
  void handle(const proto::message::PhaseChange& message);
  void handle(const proto::message::StopAccepting& message);
  void handle(const proto::message::EndStreams& message);
  void handle(const proto::message::Seal& message);
  void handle(const proto::message::Finish& message);
  void handle(const proto::message::DropFinite& message);
  void handle(const proto::message::SetLogLevel& message);
  void handle(const proto::message::Ping& message);
  void list(std::uint64_t number, const UniqueFd& memory);
  void reopen(const proto::message::ReopenLog& log, UniqueFd file);
  void take_connection(UniqueFd socket);

  void open_session(UniqueFd socket, const Address& peer);
  void serve(ClientConnection client);
  void start_session(std::unique_ptr<Session> session);
  void update_accepting();
  void tell_sessions();
  void move_connecting();
  void check_finished();
  void leave(int code);
  template <class Body>
  void send(const Body& body, std::uint32_t key = 0);

  WorkerContext& context_;
  ListenerSet listeners_;
  io::Channel channel_;
  CensusReporter census_;
  io::CallbackTimer final_deadline_;
  io::CallbackTimer settle_;
  ConnectionLimit limit_;
  ProxyHeaderPolicy proxy_headers_;
  std::uint32_t sent_ = 0;
  bool accepting_ = false;
  bool finished_ = false;
  bool left_ = false;
  int exit_code_ = 0;
};

// The whole life of a worker process, from its descriptors to its exit status. `census_every`: while it serves; only a test is in a hurry.
int run_worker(Duration census_every = WorkerContext::kCensusEvery);

}  // namespace lastcall::proxy
