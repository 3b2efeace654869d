#include "os/log_writer.h"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

constexpr std::string_view kLine = "2026-01-01T00:00:00.000Z lastcall: something happened with=fields\n";

std::string read_available(int fd) {
  std::string text;
  char buffer[65536];
  ::fcntl(fd, F_SETFL, O_NONBLOCK);
  for (ssize_t size; (size = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(size));
  return text;
}

// Lines until the first is dropped; the number that went out.
int fill() {
  int written = 0;
  while (dropped_log_lines() == 0) {
    write_log(kLine);
    ++written;
  }
  return written - 1;
}

struct Restore {
  ~Restore() { open_log_writer(); }
};

TEST_CASE("a full pipe drops whole lines, counts them, and tells the number once there is room again (P91)") {
  const Restore restore;
  Pipe pipe;
  open_log_writer(pipe.writing.get());
  const int written = fill();
  CHECK(written > 100);
  for (int i = 0; i < 6; ++i) write_log(kLine);
  CHECK(dropped_log_lines() == 7);
  const std::string before = read_available(pipe.reading.get());
  CHECK(before.size() == kLine.size() * static_cast<std::size_t>(written));
  CHECK(before.ends_with(kLine));
  write_log("again\n");
  CHECK(read_available(pipe.reading.get()) == "lastcall: 7 log lines dropped: nobody read them\nagain\n");
  write_log("and again\n");
  CHECK(read_available(pipe.reading.get()) == "and again\n");
  CHECK(dropped_log_lines() == 7);
}

TEST_CASE("a line that the kernel cut in two is finished before the next one starts") {
  const Restore restore;
  Pipe pipe;
  open_log_writer(pipe.writing.get());
  const int written = fill();
  std::string some(5 * 4096, ' ');  // room for a part of what follows
  REQUIRE(::read(pipe.reading.get(), some.data(), some.size()) == static_cast<ssize_t>(some.size()));
  const std::string long_line = std::string(50'000, 'x') + "\n";
  write_log(kLine);  // tells the drop
  write_log(long_line);
  std::string text = some + read_available(pipe.reading.get());
  CHECK_FALSE(text.ends_with('\n'));
  write_log("next\n");
  text += read_available(pipe.reading.get());
  CHECK(text.substr(kLine.size() * static_cast<std::size_t>(written)) ==
        "lastcall: 1 log lines dropped: nobody read them\n" + std::string(kLine) + long_line + "next\n");
}

TEST_CASE("our O_NONBLOCK is not visible on the descriptor that a child inherits (P52)") {
  const Restore restore;
  Pipe pipe;
  open_log_writer(pipe.writing.get());
  write_log(kLine);
  CHECK((::fcntl(pipe.writing.get(), F_GETFL) & O_NONBLOCK) == 0);
  CHECK(read_available(pipe.reading.get()) == kLine);
}

TEST_CASE("a socket that nobody reads drops lines as well, and never cuts one in two") {
  const Restore restore;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd ours(ends[0]), theirs(ends[1]);
  open_log_writer(ours.get());
  fill();
  std::string text = read_available(theirs.get());
  write_log("again\n");
  text += read_available(theirs.get());
  CHECK((::fcntl(ours.get(), F_GETFL) & O_NONBLOCK) == 0);
  REQUIRE(text.ends_with("\nlastcall: 1 log lines dropped: nobody read them\nagain\n"));
  text.erase(text.find("lastcall: 1 log"));
  CHECK(text.size() % kLine.size() == 0);
  for (std::size_t at = 0; at < text.size(); at += kLine.size()) REQUIRE(text.compare(at, kLine.size(), kLine) == 0);
}

TEST_CASE("a reader that is gone, or no standard error at all, costs lines and nothing else (P38, P91)") {
  const Restore restore;
  const int code = in_fork([] {
    ::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    open_log_writer(pipe.writing.get());
    pipe.reading.reset();
    write_log(kLine);
    if (dropped_log_lines() != 1) return 1;
    ::close(2);
    open_log_writer();
    write_log(kLine);
    return dropped_log_lines() == 1 ? 0 : 2;
  });
  CHECK(code == 0);
}

TEST_CASE("in a file our lines and the child's stand one after the other: both advance the same offset") {
  const Restore restore;
  const TempDir temp;
  const UniqueFd file(::open(temp.file("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  open_log_writer(file.get());
  write_log("ours\n");
  REQUIRE(::write(file.get(), "child\n", 6) == 6);
  write_log("ours\n");
  const UniqueFd reading(::open(temp.file("log").c_str(), O_RDONLY | O_CLOEXEC));
  CHECK(read_to_end(reading.get()) == "ours\nchild\nours\n");
}

}  // namespace
}  // namespace lastcall::os::test
