#include "support/http_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace lastcall::test {

const char* to_string(Ending ending) {
  switch (ending) {
    case Ending::none: return "none";
    case Ending::fin: return "fin";
    case Ending::reset: return "reset";
    case Ending::timeout: return "timeout";
  }
  return "?";
}

TcpClient::TcpClient(std::uint16_t port, Milliseconds wait) {
  fd_ = Fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return;
  error_ = errno;
  if (error_ != EINPROGRESS) return;
  if (wait_for(fd_.get(), POLLOUT, Deadline::in(wait)) == 0) {
    error_ = ETIMEDOUT;
    return;
  }
  socklen_t size = sizeof error_;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error_, &size);
}

bool TcpClient::send(std::string_view bytes, Milliseconds wait) {
  const Deadline deadline = Deadline::in(wait);
  while (!bytes.empty()) {
    const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      if (!wait_to_send(deadline)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void TcpClient::shutdown_write() const { ::shutdown(fd_.get(), SHUT_WR); }

void TcpClient::reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  fd_.reset();
}

void TcpClient::set_receive_buffer(int bytes) const { ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }

// `none` with would_block unset: bytes came.
Ending TcpClient::receive(std::string& into, bool& would_block) const {
  char buffer[65536];
  ssize_t size;
  while ((size = ::recv(fd_.get(), buffer, sizeof buffer, 0)) < 0 && errno == EINTR) {
  }
  would_block = size < 0 && errno == EAGAIN;
  if (size > 0) into.append(buffer, static_cast<std::size_t>(size));
  return size > 0 || would_block ? Ending::none : size == 0 ? Ending::fin : Ending::reset;
}

bool TcpClient::wait_to_send(const Deadline& deadline) {
  const short reading = early_end_ == Ending::none ? POLLIN : 0;
  const short ready = wait_for(fd_.get(), static_cast<short>(POLLOUT | reading), deadline);
  bool would_block = false;
  if ((ready & reading) != 0) early_end_ = receive(early_, would_block);
  return ready != 0;
}

Ending TcpClient::read_some(std::string& into, Milliseconds wait) {
  if (!early_.empty()) {
    into += std::exchange(early_, {});
    return Ending::none;
  }
  if (early_end_ != Ending::none) return early_end_;
  const Deadline deadline = Deadline::in(wait);
  for (;;) {
    bool would_block = false;
    const Ending ending = receive(into, would_block);
    if (!would_block) return ending;
    if (wait_for(fd_.get(), POLLIN, deadline) == 0) return Ending::timeout;
  }
}

Ending TcpClient::read_until(std::string& into, std::string_view text, Milliseconds wait) {
  const Deadline deadline = Deadline::in(wait);
  while (into.find(text) == std::string::npos) {
    const Ending ending = read_some(into, Milliseconds(deadline.remaining_ms()));
    if (ending != Ending::none) return ending;
  }
  return Ending::none;
}

Ending TcpClient::read_bytes(std::string& into, std::size_t count, Milliseconds wait) {
  const Deadline deadline = Deadline::in(wait);
  while (into.size() < count) {
    const Ending ending = read_some(into, Milliseconds(deadline.remaining_ms()));
    if (ending != Ending::none) return ending;
  }
  return Ending::none;
}

Ending TcpClient::read_to_end(std::string& into, Milliseconds wait) {
  const Deadline deadline = Deadline::in(wait);
  for (;;) {
    const Ending ending = read_some(into, Milliseconds(deadline.remaining_ms()));
    if (ending != Ending::none) return ending;
  }
}

bool HttpClient::send_request(std::string_view method, std::string_view target, std::string_view body, std::string_view headers) {
  std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(headers);
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  request += "\r\n";
  request += body;
  return connection_.send(request);
}

Exchange HttpClient::read_response(Milliseconds wait, bool head_request) {
  const Deadline deadline = Deadline::in(wait);
  ResponseParser parser(head_request);
  Exchange result;
  for (;;) {
    surplus_.erase(0, parser.feed(surplus_));
    if (parser.complete() || parser.broken()) break;
    result.ending = connection_.read_some(surplus_, Milliseconds(deadline.remaining_ms()));
    if (result.ending == Ending::fin) parser.end_of_input();
    if (result.ending != Ending::none) break;
  }
  result.complete = parser.complete();
  result.error = parser.error();
  result.response = std::move(parser.response());
  return result;
}

Exchange HttpClient::request(std::string_view method, std::string_view target, std::string_view body, std::string_view headers) {
  send_request(method, target, body, headers);
  return read_response(kPatience, method == "HEAD");
}

Ending HttpClient::wait_end(Milliseconds wait) {
  if (!surplus_.empty()) return Ending::none;
  return connection_.read_some(surplus_, wait);
}

Exchange fetch(std::uint16_t port, std::string_view target) {
  HttpClient client(port);
  if (!client.connected()) return {};
  return client.request("GET", target);
}

}  // namespace lastcall::test
