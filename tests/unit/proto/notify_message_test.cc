#include "proto/notify_message.h"

#include <doctest/doctest.h>

namespace lastcall::proto {
namespace {

NotifyMessage parsed(std::string_view datagram) {
  const auto message = parse_notify_message(datagram);
  REQUIRE(message);
  return *message;
}

}  // namespace

TEST_CASE("sd_notify: several assignments in one datagram are all heard") {
  const NotifyMessage message = parsed("READY=1\nSTATUS=Serving 3 sites\nMAINPID=4711\n");
  CHECK(message.ready);
  CHECK(message.status == "Serving 3 sites");
  CHECK(message.main_pid == 4711);
  CHECK_FALSE(message.stopping);
  CHECK(message.other == 0);
}

TEST_CASE("sd_notify: each of the assignments that mean something") {
  CHECK(parsed("STOPPING=1").stopping);
  CHECK(parsed("RELOADING=1\nMONOTONIC_USEC=5").reloading);
  CHECK(parsed("WATCHDOG=1").watchdog);
  CHECK(parsed("WATCHDOG=trigger").watchdog_trigger);
  CHECK_FALSE(parsed("WATCHDOG=trigger").watchdog);
  CHECK(parsed("WATCHDOG_USEC=20000000").watchdog_time == seconds(20));
  CHECK(parsed("EXTEND_TIMEOUT_USEC=1500000").extend_timeout == milliseconds(1500));
  CHECK(parsed("ERRNO=2").error == 2);
  CHECK(parsed("FDSTORE=1\nFDNAME=foo").fd_store);
  CHECK(parsed("FDSTOREREMOVE=1").fd_store);
  CHECK(parsed("BARRIER=1").other == 0);
}

TEST_CASE("sd_notify: only the value 1 is a yes, and malformed numbers are no numbers") {
  for (const char* no : {"READY=0", "READY=", "READY=11", "READY= 1", "ready=1", "READY", "=1", "WATCHDOG=2", "MAINPID=x", "MAINPID=-5", "MAINPID=0",
                         "MAINPID=99999999999", "EXTEND_TIMEOUT_USEC=-1", "EXTEND_TIMEOUT_USEC=0", "WATCHDOG_USEC=1s", "NOTIFYACCESS=all", "X_MINE=1"}) {
    const NotifyMessage message = parsed(no);
    CHECK_MESSAGE(message.other == 1, no);
    CHECK_FALSE(message.ready);
    CHECK_FALSE(message.watchdog);
    CHECK_FALSE(message.main_pid.has_value());
    CHECK_FALSE(message.extend_timeout.has_value());
    CHECK_FALSE(message.watchdog_time.has_value());
  }
}

TEST_CASE("sd_notify: a malformed value leaves what was said before, and counts as not understood") {
  const NotifyMessage message = parsed("ERRNO=2\nERRNO=\nERRNO=x");
  CHECK(message.error == 2);
  CHECK(message.other == 2);
}

TEST_CASE("sd_notify: the longest times are infinity, never an overflow") {
  CHECK(parsed("EXTEND_TIMEOUT_USEC=18446744073709551615").extend_timeout == kInfinite);
  CHECK(parsed("EXTEND_TIMEOUT_USEC=9223372036854775").extend_timeout == kInfinite);
  CHECK(parsed("EXTEND_TIMEOUT_USEC=9223372036854774").extend_timeout == Duration(microseconds(9223372036854774)));
  CHECK_FALSE(parsed("EXTEND_TIMEOUT_USEC=18446744073709551616").extend_timeout.has_value());
}

TEST_CASE("sd_notify: a status is one printable line of bounded length") {
  CHECK(parsed("STATUS=a\x1b[2Jb\tc").status == "a?[2Jb?c");
  CHECK(parsed("STATUS=gr\xc3\xbc\xc3\x9f" "e").status == "gr\xc3\xbc\xc3\x9f" "e");
  CHECK(parsed("STATUS=\xc2\x9b" "2J").status == "??2J");
  CHECK(parsed("STATUS=").status == "");
  CHECK(parsed("STATUS=" + std::string(1000, 'x')).status->size() == kNotifyStatusLimit);
  // Cut before a character, not within it.
  CHECK(parsed("STATUS=" + std::string(kNotifyStatusLimit - 1, 'x') + "\xc3\xbc").status->size() == kNotifyStatusLimit - 1);
  CHECK(parsed("STATUS=" + std::string(kNotifyStatusLimit - 2, 'x') + "\xc3\xbc!").status->size() <= kNotifyStatusLimit);
}

TEST_CASE("sd_notify: what is no text of assignments is no message at all") {
  CHECK_FALSE(parse_notify_message(""));
  CHECK_FALSE(parse_notify_message(std::string_view("READY=1\0X=1", 11)));
  CHECK_FALSE(parse_notify_message("READY=1\n" + std::string(kNotifyLimit, 'x')));
  CHECK(parsed(std::string_view("READY=1\0", 8)).ready);  // the end of a C string
  CHECK(parsed("\n\n\nREADY=1").ready);
  CHECK(parsed(std::string(kNotifyLimit, '\n')).other == 0);
}

}  // namespace lastcall::proto
