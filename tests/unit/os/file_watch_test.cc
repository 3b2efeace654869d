#include "os/file_watch.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

using namespace lastcall;

namespace {

bool has_news(const UniqueFd& watch) {
  pollfd ready{.fd = watch.get(), .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a watched file has news when it is renamed or removed, none when it is written to; and whether it is still the one at its path") {
  for (const bool renamed : {true, false}) {
    const std::string path = "/tmp/lastcall-watch-" + std::to_string(::getpid());
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    const auto watch = os::watch_file(path);
    REQUIRE(watch.ok());
    REQUIRE(::write(file.get(), "b\n", 2) == 2);
    CHECK_FALSE(has_news(watch.value()));
    CHECK(os::is_at(file.get(), path));
    REQUIRE((renamed ? std::rename(path.c_str(), (path + ".1").c_str()) : ::unlink(path.c_str())) == 0);
    CHECK(has_news(watch.value()));
    os::read_watch(watch.value().get());
    CHECK_FALSE(has_news(watch.value()));
    CHECK_FALSE(os::is_at(file.get(), path));
    const UniqueFd another(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    CHECK_FALSE(os::is_at(file.get(), path));
    CHECK(os::is_at(another.get(), path));
    for (const std::string& left : {path, path + ".1"}) std::filesystem::remove(left);
  }
  CHECK_FALSE(os::watch_file("/no/such/file").ok());
}
