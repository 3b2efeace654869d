// The control of connect_storm: a server that stops as a naive proxy does. On SIGTERM it closes its listener at once, whatever stands in
// the accept queue, answers what it has accepted, and exits. If the storm shows no loss here, the storm is blind.
//
//   naive_listener PORT        one loop turn accepts at most a few, as most servers do (G13)
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "support/fd.h"

using lastcall::test::check;
using lastcall::test::Fd;

namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
constexpr int kAcceptsPerTurn = 4;

Fd listen_on(int port) {
  Fd listener(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  check(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  check(::listen(listener.get(), 4096), "listen");
  return listener;
}

// True when the connection has had its answer, or is gone.
bool answered(int fd) {
  char buffer[4096];
  const ssize_t size = ::recv(fd, buffer, sizeof buffer, 0);
  if (size < 0) return false;
  if (size > 0 && ::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) std::puts("an answer was not taken");
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, nullptr);
  const Fd signals(check(::signalfd(-1, &stop, SFD_CLOEXEC), "signalfd"));
  Fd listener = listen_on(argc > 1 ? std::atoi(argv[1]) : 8080);
  std::puts("listening");
  std::fflush(stdout);

  std::vector<Fd> connections;
  while (listener || !connections.empty()) {
    std::vector<pollfd> entries{{listener ? signals.get() : -1, POLLIN, 0}, {listener.get(), POLLIN, 0}};
    for (const Fd& connection : connections) entries.push_back({connection.get(), POLLIN, 0});
    // After the stop a client that says nothing for a second is let go.
    if (::poll(entries.data(), entries.size(), listener ? -1 : 1000) == 0) break;
    std::vector<Fd> kept;
    for (std::size_t i = 0; i < connections.size(); ++i) {
      if (entries[i + 2].revents == 0 || !answered(connections[i].get())) kept.push_back(std::move(connections[i]));
    }
    connections = std::move(kept);
    for (int i = 0; i < kAcceptsPerTurn && (entries[1].revents & POLLIN) != 0; ++i) {
      const int fd = ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) break;
      connections.emplace_back(fd);
    }
    if (entries[0].revents != 0) listener.reset();
  }
  return 0;
}
