// A server for the tests of probes and calls: answers each connection at once with the next of its texts, and keeps what it was sent.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/fd_watch.h"
#include "os/socket.h"

namespace lastcall::test {

class Answering {
 public:
  Answering(io::Loop& loop, std::vector<std::string> answers, const Address& at = Address::loopback(0))
      : loop_(loop),
        answers_(std::move(answers)),
        listener_(os::listen_on(at).value()),
        watch_(loop, listener_.get(), [this](int) { accept(); }) {
    watch_.start(io::FdWatch::readable);
  }
  Address address() const { return os::local_address(listener_.get()).value(); }
  int served() const { return served_; }
  const std::string& heard() const { return heard_; }  // of all connections
  void hang_up() { connections_.clear(); }

 private:
  struct Connection {
    UniqueFd socket;
    std::unique_ptr<io::FdWatch> watch;
  };
  void accept() {
    auto result = os::accept_connection(listener_.get());
    if (result.outcome != os::AcceptResult::Outcome::accepted) return;
    const std::string answer = answers_[std::min<std::size_t>(static_cast<std::size_t>(served_++), answers_.size() - 1)];
    (void)::send(result.socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    const int fd = result.socket.get();
    connections_.push_back({std::move(result.socket), nullptr});
    Connection& connection = connections_.back();
    connection.watch = std::make_unique<io::FdWatch>(loop_, fd, [this, fd](int) { hear(fd); });
    connection.watch->start(io::FdWatch::readable);
  }
  void hear(int fd) {
    char bytes[4096];
    const ssize_t size = ::recv(fd, bytes, sizeof bytes, 0);
    if (size > 0) return void(heard_.append(bytes, static_cast<std::size_t>(size)));
    if (size == 0) std::erase_if(connections_, [fd](const Connection& each) { return each.socket.get() == fd; });
  }
  io::Loop& loop_;
  std::vector<std::string> answers_;
  UniqueFd listener_;
  io::FdWatch watch_;
  std::vector<Connection> connections_;
  std::string heard_;
  int served_ = 0;
};

inline std::uint16_t closed_port() {
  const auto listener = os::listen_on(Address::loopback(0));
  return os::local_address(listener.value().get()).value().port();
}

}  // namespace lastcall::test
