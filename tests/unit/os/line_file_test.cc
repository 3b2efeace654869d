#include "os/line_file.h"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include "fixture.h"
#include "os/shared_output.h"

namespace lastcall::os::test {
namespace {

std::string content(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return read_to_end(file.get());
}

}  // namespace

TEST_CASE("a file takes any amount at once, a pipe what can't be torn apart") {
  const TempDir temp;
  const auto file = open_line_file(temp.file("log"));
  REQUIRE(file.ok());
  SharedOutput to_file(file.value().get());
  CHECK(to_file.at_once() > 1'000'000);
  CHECK(to_file.put(std::string(100'000, 'x') + "\n") == SharedOutput::Put::taken);
  CHECK(content(temp.file("log")).size() == 100'001);
  Pipe pipe;
  CHECK(SharedOutput(pipe.writing.get()).at_once() == 4096);
}

TEST_CASE("two writers append to one file, and what stood in it stays") {
  const TempDir temp;
  { const UniqueFd before(::open(temp.file("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)); REQUIRE(::write(before.get(), "old\n", 4) == 4); }
  const auto one = open_line_file(temp.file("log"));
  const auto two = open_line_file(temp.file("log"));
  REQUIRE((one.ok() && two.ok()));
  SharedOutput first(one.value().get()), second(two.value().get());
  CHECK(first.put("a\n") == SharedOutput::Put::taken);
  CHECK(second.put("b\n") == SharedOutput::Put::taken);
  CHECK(first.put("c\n") == SharedOutput::Put::taken);
  CHECK(content(temp.file("log")) == "old\na\nb\nc\n");
}

TEST_CASE("a new file is for its owner and group; a path that leads nowhere is said") {
  const TempDir temp;
  ::umask(0);
  REQUIRE(open_line_file(temp.file("log")).ok());
  ::umask(022);
  struct stat info{};
  REQUIRE(::stat(temp.file("log").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
  const auto nowhere = open_line_file(temp.file("no/such/log"));
  REQUIRE_FALSE(nowhere.ok());
  CHECK(nowhere.error().message.find(temp.file("no/such/log") + ": No such file") == 0);
}

TEST_CASE("a FIFO that nobody reads is a mistake at the start, not a wait") {
  const TempDir temp;
  REQUIRE(::mkfifo(temp.file("fifo").c_str(), 0600) == 0);
  const auto fifo = open_line_file(temp.file("fifo"));
  REQUIRE_FALSE(fifo.ok());
  CHECK(fifo.error().message.find("nobody reads") != std::string::npos);
}

TEST_CASE("standard output as a pipe gets a description of its own, whose O_NONBLOCK the child does not see (P52)") {
  Pipe pipe;
  const int code = in_fork([&] {
    ::dup2(pipe.writing.get(), 1);
    auto own = open_line_file("-");
    if (!own) return 1;
    if ((::fcntl(own.value().get(), F_GETFL) & O_NONBLOCK) == 0) return 2;
    if ((::fcntl(1, F_GETFL) & O_NONBLOCK) != 0) return 3;
    SharedOutput writer(own.value().get());
    std::string lines;
    while (lines.size() < 3000) lines += "line\n";
    int written = 0;
    while (writer.put(lines) == SharedOutput::Put::taken) ++written;
    return written > 10 ? 0 : 4;  // and did not block
  });
  CHECK(code == 0);
  pipe.writing.reset();
  const std::string text = read_to_end(pipe.reading.get());
  CHECK(text.size() % 5 == 0);
}

TEST_CASE("standard output as a file shares the child's offset") {
  const TempDir temp;
  const int code = in_fork([&] {
    const int file = ::open(temp.file("out").c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(file, 1);
    auto own = open_line_file("-");
    if (!own || SharedOutput(own.value().get()).put("ours\n") != SharedOutput::Put::taken) return 1;
    return ::write(1, "child\n", 6) == 6 && SharedOutput(own.value().get()).put("ours\n") == SharedOutput::Put::taken ? 0 : 2;
  });
  CHECK(code == 0);
  CHECK(content(temp.file("out")) == "ours\nchild\nours\n");
}

}  // namespace lastcall::os::test
