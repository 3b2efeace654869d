#include "os/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

std::string path_of(const UniqueFd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

}  // namespace

TEST_CASE("a file is replaced as a whole: who has the old one open still reads the old text") {
  const TempDir temp;
  REQUIRE(replace_file(temp.file("report"), "old\n").ok());
  const UniqueFd old(::open(temp.file("report").c_str(), O_RDONLY | O_CLOEXEC));
  REQUIRE(replace_file(temp.file("report"), "new and longer\n").ok());
  CHECK(read_to_end(old.get()) == "old\n");
}

TEST_CASE("a pipe stays a pipe and is written to: report: /dev/stdout does not replace the device") {
  Pipe pipe;
  REQUIRE(replace_file(path_of(pipe.writing), "{}\n").ok());
  pipe.writing.reset();
  CHECK(read_to_end(pipe.reading.get()) == "{}\n");
  REQUIRE(replace_file("/dev/null", "{}\n").ok());
  struct stat info{};
  REQUIRE(::stat("/dev/null", &info) == 0);
  CHECK(S_ISCHR(info.st_mode));
}

TEST_CASE("whether a file can be replaced is known beforehand: its directory counts, a device for itself, a directory is none") {
  const TempDir temp;
  CHECK(can_replace_file(temp.file("report")).ok());
  CHECK(can_replace_file("/dev/null").ok());
  CHECK(can_replace_file(temp.file("")).error().message.find("is a directory") != std::string::npos);
  CHECK(can_replace_file(temp.file("no/report")).error().message.starts_with(temp.file("no") + ": No such file"));
  CHECK(replace_file(temp.file("no/report"), "x").error().message.starts_with(temp.file("no/report") + ": No such file"));
}

TEST_CASE("a pipe that nobody reads costs a moment, not the exit, and the error names it") {
  Pipe pipe;
  const Status written = replace_file(path_of(pipe.writing), std::string(1 << 20, 'x'));
  REQUIRE(!written.ok());
  CHECK(written.error().message == path_of(pipe.writing) + ": nobody reads it");
}

}  // namespace lastcall::os::test
