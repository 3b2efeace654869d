#include "fake_child.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "os/socket.h"

namespace lastcall::test {

FakeChild::FakeChild(const Address& address, int backlog) {
  auto listener = os::listen_on(address, {.backlog = backlog});
  REQUIRE(listener.ok());
  listener_ = std::move(listener).value();
  address_ = os::local_address(listener_.get()).value();
}

FakeChild::FakeChild(int backlog) : FakeChild(Address::loopback(0), backlog) {}

FakeChild FakeChild::on_unix_socket(const std::string& path, int backlog) { return FakeChild(Address::parse("unix:" + path).value(), backlog); }

TcpClient FakeChild::accept() {
  REQUIRE(wait_for(listener_.get(), POLLIN, Deadline::in(kPatience)) != 0);
  return TcpClient(Fd(check(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept4")));
}

void FakeChild::set_backlog(int backlog) { check(::listen(listener_.get(), backlog), "listen"); }

bool FakeChild::somebody_waits() const { return wait_for(listener_.get(), POLLIN, Deadline::in(0ms)) != 0; }

std::string read_head(TcpClient& from, std::string* rest) {
  std::string bytes;
  const Ending ending = from.read_until(bytes, "\r\n\r\n");
  INFO("read so far: ", bytes, ", then ", std::string(to_string(ending)));
  REQUIRE(ending == Ending::none);
  const std::size_t size = bytes.find("\r\n\r\n") + 4;
  if (rest != nullptr)
    *rest = bytes.substr(size);
  else
    CHECK(bytes.size() == size);
  return bytes.substr(0, size);
}

std::string read_exactly(TcpClient& from, std::size_t size) {
  std::string bytes;
  const Ending ending = from.read_bytes(bytes, size);
  INFO("read ", bytes.size(), " of ", size, ", then ", std::string(to_string(ending)));
  REQUIRE(ending == Ending::none);
  CHECK(bytes.size() == size);
  return bytes;
}

std::size_t send_what_fits(TcpClient& to, std::size_t limit) {
  const std::string block(64 * 1024, 'x');
  std::size_t sent = 0;
  while (sent < limit && wait_for(to.fd(), POLLOUT, Deadline::in(100ms)) != 0) {
    const ssize_t size = ::send(to.fd(), block.data(), std::min(block.size(), limit - sent), MSG_NOSIGNAL);
    if (size < 0) break;
    sent += static_cast<std::size_t>(size);
  }
  return sent;
}

bool has_line(std::string_view head, std::string_view line) {
  return head.find("\r\n" + std::string(line) + "\r\n") != std::string_view::npos;
}

}  // namespace lastcall::test
