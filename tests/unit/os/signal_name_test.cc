#include "os/signal_name.h"

#include <doctest/doctest.h>

#include <csignal>

namespace lastcall::os {
namespace {

TEST_CASE("a signal is known by name, short name, any case, and number (P36)") {
  for (const char* text : {"SIGTERM", "TERM", "term", "sigterm", "15"}) CHECK(parse_signal(text) == SIGTERM);
  CHECK(parse_signal("RTMIN+3") == SIGRTMIN + 3);
  CHECK(parse_signal("SIGRTMIN") == SIGRTMIN);
  CHECK(parse_signal("sigrtmax-1") == SIGRTMAX - 1);
  CHECK(parse_signal("IO") == SIGIO);
}

TEST_CASE("what is no signal is refused") {
  for (const char* text : {"", "SIG", "NOPE", "0", "-1", "32", "33", "65", "15x", "RTMIN-1", "RTMAX+1", "RTMIN+99", "RTMIN+", "RT"})
    CHECK_MESSAGE(parse_signal(text) == std::nullopt, text);
}

TEST_CASE("every name that is printed can be read again") {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (number > 31 && number < SIGRTMIN) continue;
    CHECK_MESSAGE(parse_signal(signal_name(number)) == number, signal_name(number));
  }
  CHECK(signal_name(SIGRTMIN + 3) == "SIGRTMIN+3");
  CHECK(signal_name(99) == "signal 99");
}

}  // namespace
}  // namespace lastcall::os
