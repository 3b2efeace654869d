// A loop that runs until something has happened. Every callback of a test calls stop(), so the condition is looked at after each event;
// the guard is for a broken build only and never passes for an event.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "io/callback_timer.h"
#include "io/loop.h"
#include "io/poller.h"
#include "io/stream.h"
#include "os/socket.h"

namespace lastcall::io::test {

struct Bench {
  Loop loop;
  std::unique_ptr<Poller> poller = std::move(Poller::open(loop)).value();

  bool run_until(const std::function<bool()>& happened) {
    bool too_late = false;
    CallbackTimer guard(loop, [&] {
      too_late = true;
      loop.stop();
    });
    guard.arm_after(seconds(10));
    while (!happened() && !too_late) loop.run();
    return !too_late;
  }

  // Lets the loop see everything that is ready by now.
  void settle() {
    int turns = 0;
    CallbackTimer turn(loop, [&] { loop.stop(); });
    while (turns++ < 3) {
      turn.arm_at(loop.now());
      loop.run();
    }
  }
};

// Counts and stops the loop; `then` may do anything, also destroy the stream.
struct Owner final : StreamOwner {
  explicit Owner(Bench& b) : bench(b) {}
  void on_stream(Stream& stream) override {
    ++calls;
    bench.loop.stop();
    if (then) then(stream);
  }
  Bench& bench;
  int calls = 0;
  std::function<void(Stream&)> then;
};

inline std::pair<UniqueFd, UniqueFd> stream_pair() {
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

struct TcpPair {
  UniqueFd listener = std::move(os::listen_on(Address::loopback(0))).value();
  Address address = os::local_address(listener.get()).value();
  UniqueFd ours, theirs;  // `theirs` is blocking
  TcpPair() {
    theirs = std::move(os::connect_to(address)).value();
    ours = std::move(os::accept_connection(listener.get()).socket);
    REQUIRE(ours);
    REQUIRE(::fcntl(theirs.get(), F_SETFL, 0) == 0);
  }
};

inline std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

inline void put(int fd, std::string_view bytes) {
  REQUIRE(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

// Everything that can be read without waiting.
inline std::string take(int fd) {
  std::string text;
  char buffer[65536];
  for (ssize_t size; (size = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;) text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

struct Taken {
  std::string text;
  Stream::Read last;
};
inline Taken read_all(Stream& stream) {
  Taken taken{};
  char buffer[1000];
  while (true) {
    const auto [what, size] = stream.read(buffer);
    taken.last = what;
    if (what != Stream::Read::data) return taken;
    taken.text.append(buffer, size);
  }
}

}  // namespace lastcall::io::test
