#include "support/connect_load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>
#include <vector>

namespace lastcall::test {
namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

}  // namespace

void ConnectCounts::add(const ConnectCounts& other) {
  started += other.started, answered += other.answered, refused_503 += other.refused_503, refused += other.refused;
  unconnected += other.unconnected, resets += other.resets, lost += other.lost, wrong += other.wrong;
}

ConnectLoad::ConnectLoad(const std::string& address, std::uint16_t port) : address_(address), port_(port) {}

void ConnectLoad::start(int connections) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  ::inet_pton(AF_INET, address_.c_str(), &address.sin_addr);
  for (int i = 0; i < connections; ++i) {
    ++counts_.started;
    connections_.push_back({Fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"))});
    const int result = ::connect(connections_.back().fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    if (result != 0 && errno == EINPROGRESS) continue;
    if (!on_connected(connections_.back(), result == 0 ? 0 : errno)) connections_.pop_back();
  }
}

bool ConnectLoad::on_connected(Connection& connection, int error) {
  switch (error) {
    case 0: break;
    case ECONNREFUSED: ++counts_.refused; return false;
    case ETIMEDOUT: ++counts_.unconnected; return false;
    // The reset overtook our look at the socket: a connection that is not there yet can't be reset, only refused.
    case ECONNRESET:
    case EPIPE: ++counts_.resets; return false;
    default: fail("connect: error " + std::to_string(error));
  }
  connection.connected = true;
  if (::send(connection.fd.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) >= 0) return true;
  ++counts_.resets;
  return false;
}

bool ConnectLoad::on_ready(Connection& connection) {
  if (!connection.connected) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(connection.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return on_connected(connection, error);
  }
  char buffer[16384];
  const ssize_t size = ::recv(connection.fd.get(), buffer, sizeof buffer, 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (size < 0) {
    ++counts_.resets;
    return false;
  }
  if (size == 0) {
    ++counts_.lost;
    return false;
  }
  connection.parser.feed({buffer, static_cast<std::size_t>(size)});
  if (!connection.parser.complete()) return true;
  const int status = connection.parser.response().status;
  ++(status == 200 ? counts_.answered : status == 503 ? counts_.refused_503 : counts_.wrong);
  return false;
}

void ConnectLoad::turn(Milliseconds at_most) {
  std::vector<pollfd> entries;
  for (const Connection& connection : connections_) {
    entries.push_back({connection.fd.get(), static_cast<short>(connection.connected ? POLLIN : POLLOUT), 0});
  }
  ::poll(entries.data(), entries.size(), static_cast<int>(at_most.count()));
  std::size_t index = 0;
  for (auto connection = connections_.begin(); connection != connections_.end(); ++index) {
    const bool keep = entries[index].revents == 0 || on_ready(*connection);
    connection = keep ? std::next(connection) : connections_.erase(connection);
  }
}

bool ConnectLoad::run_to_end(Milliseconds wait) {
  const Deadline deadline = Deadline::in(wait);
  while (!connections_.empty() && !deadline.passed()) turn(Milliseconds(deadline.remaining_ms()));
  for (const Connection& connection : connections_) ++(connection.connected ? counts_.lost : counts_.unconnected);
  const bool all_ended = connections_.empty();
  connections_.clear();
  return all_ended;
}

}  // namespace lastcall::test
