// A small HTTP/1.1 server for people and programs that ask the supervisor: the control socket and the admin port each have one. Everything
// that a peer can grow is bounded, and no peer can make anybody wait: past the limit a newcomer takes the place of a silent connection of
// the process that holds the most, and whoever dawdles is cut. Knows no route: its handler answers, at once or later. Owned by the control
// plane; supervisor process only.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "base/unique_fd.h"
#include "control/http_connection.h"
#include "control/reply.h"
#include "io/acceptor.h"
#include "io/poller.h"

namespace lastcall::control {

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Who is it; nothing: closed without a word.
  virtual std::optional<Peer> admit(int connection) = 0;
  virtual void handle(const HttpRequest& request, Reply reply) = 0;
};

class HttpServer final : private HttpConnection::Owner, private io::Deferred {
 public:
  // Takes a listening, non-blocking socket.
  HttpServer(io::Poller& poller, UniqueFd listener, HttpHandler& handler, ServerLimits limits = {});
  ~HttpServer() override;

  std::size_t connections() const { return connections_.size(); }
  std::size_t streams() const;

 private:
  friend class Reply;
  void accept(UniqueFd socket);
  bool make_room(const Peer& newcomer);
  HttpConnection* find(std::uint64_t id);

  void on_request(HttpConnection& connection, const HttpRequest& request) override;
  void on_closed(HttpConnection& connection) override;
  void on_deferred() override { closed_.clear(); }

  using Connections = std::list<std::unique_ptr<HttpConnection>>;
  io::Poller& poller_;
  UniqueFd listener_;
  HttpHandler& handler_;
  ServerLimits limits_;
  Connections connections_;  // oldest first
  Connections closed_;       // until the turn in which they ended is over
  std::uint64_t next_id_ = 1;
  io::Acceptor acceptor_;
};

}  // namespace lastcall::control
