// A control-plane server on a loop, and clients on socket pairs' cousins: real Unix connections to its listener. The test plays the handler.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/http_server.h"
#include "io/callback_timer.h"
#include "os/socket.h"

namespace lastcall::control::test {

class Scene : private HttpHandler {
 public:
  explicit Scene(ServerLimits limits = {}) {
    static int count = 0;
    address_ = Address::parse("unix:@lastcall-test/" + std::to_string(::getpid()) + "/" + std::to_string(++count)).value();
    server = std::make_unique<HttpServer>(*poller, std::move(os::listen_on(address_)).value(), static_cast<HttpHandler&>(*this), limits);
  }

  UniqueFd connect() {
    UniqueFd fd = std::move(os::connect_to(address_)).value();
    settle();
    return fd;
  }

  // Until the loop has nothing left to do.
  void settle() {
    for (int turn = 0; turn < 4; ++turn) {
      io::CallbackTimer stop(loop, [this] { loop.stop(); });
      stop.arm_at(loop.now());
      loop.run();
    }
  }
  void run_for(Duration time) {
    io::CallbackTimer stop(loop, [this] { loop.stop(); });
    stop.arm_after(time);
    loop.run();
    settle();
  }

  void send(const UniqueFd& fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      settle();
      if (sent <= 0 && errno != EAGAIN) return;
    }
    settle();
  }
  // What has arrived; `closed` tells whether the end came behind it.
  std::string take(const UniqueFd& fd) {
    settle();
    std::string text;
    char buffer[65536];
    ssize_t size;
    while ((size = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
      text.append(buffer, static_cast<std::size_t>(size));
      settle();
    }
    closed = size == 0 || errno != EAGAIN;
    return text;
  }
  std::string ask(const UniqueFd& fd, std::string_view bytes) {
    send(fd, bytes);
    return take(fd);
  }

  io::Loop loop;
  std::unique_ptr<io::Poller> poller = std::move(io::Poller::open(loop)).value();  // outlives the server, whose sockets are in it
  std::unique_ptr<HttpServer> server;
  std::vector<HttpRequest> requests;
  std::vector<Reply> replies;
  std::function<void(const HttpRequest&, Reply)> answer = [](const HttpRequest& request, Reply reply) {
    reply.send({.body = request.path + "\n", .content_type = "text/plain"});
  };
  bool admits = true;
  int pid = 1;  // of whoever connects
  bool closed = false;

 private:
  std::optional<Peer> admit(int) override { return admits ? std::optional(Peer{.authority = Authority::operator_, .pid = pid}) : std::nullopt; }
  void handle(const HttpRequest& request, Reply reply) override {
    requests.push_back(request);
    replies.push_back(reply);
    answer(request, reply);
  }

  Address address_;
};

inline const std::string kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";

inline bool starts(const std::string& text, std::string_view with) { return text.starts_with(with); }

}  // namespace lastcall::control::test
