#include "os/signal_disposition.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

using namespace lastcall::os;

namespace {

// What a Node process without handlers shows, with one mask replaced.
constexpr std::string_view kDefault = "Name:\tnode\nSigBlk:\t0000000000000000\nSigIgn:\t0000000001001000\nSigCgt:\t0000000100000002\n";

}  // namespace

TEST_CASE("a signal in no mask has its default action") {
  CHECK(parse_signal_disposition(kDefault, SIGTERM) == SignalDisposition::default_action);
}

TEST_CASE("a handler, and a signal that is blocked for a signalfd, both mean that somebody listens") {
  CHECK(parse_signal_disposition(kDefault, SIGINT) == SignalDisposition::caught);
  CHECK(parse_signal_disposition("\nSigBlk:\t0000000000004000\nSigIgn:\t0\nSigCgt:\t0\n", SIGTERM) == SignalDisposition::caught);
}

TEST_CASE("what is ignored is ignored, blocked or not") {
  CHECK(parse_signal_disposition(kDefault, SIGPIPE) == SignalDisposition::ignored);
  CHECK(parse_signal_disposition("\nSigBlk:\t0000000000004000\nSigIgn:\t0000000000004000\nSigCgt:\t0\n", SIGTERM) ==
        SignalDisposition::ignored);
}

TEST_CASE("what /proc does not say is unknown, and so is a number that is no signal") {
  CHECK(parse_signal_disposition("Name:\tx\n", SIGTERM) == SignalDisposition::unknown);
  CHECK(parse_signal_disposition("\nSigBlk:\t\nSigIgn:\tzz\nSigCgt:\t0\n", SIGTERM) == SignalDisposition::unknown);
  CHECK(parse_signal_disposition(kDefault, 0) == SignalDisposition::unknown);
  CHECK(parse_signal_disposition(kDefault, 65) == SignalDisposition::unknown);
  CHECK(signal_disposition(0, SIGTERM) == SignalDisposition::unknown);
}

TEST_CASE("the kernel says of ourselves what we did") {
  const auto before = std::signal(SIGUSR2, SIG_IGN);
  CHECK(signal_disposition(::getpid(), SIGUSR2) == SignalDisposition::ignored);
  std::signal(SIGUSR2, [](int) {});
  CHECK(signal_disposition(::getpid(), SIGUSR2) == SignalDisposition::caught);
  std::signal(SIGUSR2, before);
}
