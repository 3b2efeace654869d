// A connection of a trusted peer before its PROXY header is whole (G121): looks at what has arrived without taking it, takes exactly the
// header, and hands the connection to the session that serves it, under the name that was announced. Nothing is guessed: whatever is not
// a header of an accepted version is closed without an answer. Owned by the worker's SessionList.
#pragma once

#include <functional>

#include "proto/proxy_header.h"
#include "proxy/client_connection.h"
#include "proxy/session.h"

namespace lastcall::proxy {

// What all of a worker's have in common; owned by the worker.
struct ProxyHeaderPolicy {
  std::function<void(ClientConnection)> on_client;
  TimePoint next_complaint{};  // a broken load balancer must not fill the log
};

class ProxyHeaderSession final : public Session {
 public:
  ProxyHeaderSession(WorkerContext& context, UniqueFd socket, const Address& peer, ProxyHeaderPolicy& policy);

  void start() override;
  void on_phase_change() override;
  void drop() override;
  int client_descriptor() const override { return client_ ? client_->fd() : -1; }

 private:
  void on_stream(io::Stream&) override { look(); }
  void on_timer(TimePoint now) override;
  TimePoint next_deadline() const;
  void look();
  void judge(std::string_view data);
  void hand_over(const proto::ProxyHeader& header, std::size_t size);
  void refuse(const char* why);

  ProxyHeaderPolicy& policy_;
  std::unique_ptr<io::Stream> client_;
  const Address peer_;
  const TimePoint opened_;
};

}  // namespace lastcall::proxy
