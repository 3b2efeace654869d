#include "os/memfd.h"

#include <doctest/doctest.h>

#include <sys/mman.h>

#include <cerrno>

#include "fixture.h"

namespace lastcall::os::test {
namespace {

TEST_CASE("a sealed text reads as it was written, and nobody can change it") {
  const std::string content = "listen: :8080\n" + std::string(200'000, 'x');
  auto text = sealed_text("settings", content);
  REQUIRE(text.ok());
  const int fd = text.value().get();
  CHECK(read_all(fd, 1 << 20).value() == content);
  CHECK(read_all(fd, content.size()).value() == content);  // from the beginning again, and exactly at the limit
  CHECK(read_all(fd, content.size() - 1).error().code == EFBIG);
  CHECK(::write(fd, "y", 1) == -1);
  CHECK(errno == EPERM);
  CHECK(::ftruncate(fd, 0) == -1);
  CHECK(::ftruncate(fd, 1 << 20) == -1);
  CHECK(::fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == -1);
}

TEST_CASE("what a worker writes to its page the supervisor sees, and the size is fixed") {
  auto page = shared_page("counters", 65536);
  REQUIRE(page.ok());
  const int fd = page.value().get();
  auto seen = Mapping::map(fd, 65536, Mapping::Access::read_only);
  REQUIRE(seen.ok());
  const int code = in_fork([&] {
    auto own = Mapping::map(fd, 65536, Mapping::Access::writable);
    if (!own.ok() || ::ftruncate(fd, 0) == 0) return 1;
    static_cast<std::uint64_t*>(own.value().data())[8191] = 42;
    return 0;
  });
  CHECK(code == 0);
  CHECK(static_cast<const std::uint64_t*>(seen.value().data())[8191] == 42);
  CHECK(static_cast<const std::uint64_t*>(seen.value().data())[0] == 0);
}

TEST_CASE("a page that could be truncated under us, or is too small, is not mapped") {
  const UniqueFd unsealed(::memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  REQUIRE(::ftruncate(unsealed.get(), 4096) == 0);
  CHECK_FALSE(Mapping::map(unsealed.get(), 4096, Mapping::Access::read_only).ok());
  auto page = shared_page("small", 4096);
  REQUIRE(page.ok());
  CHECK_FALSE(Mapping::map(page.value().get(), 8192, Mapping::Access::read_only).ok());
}

}  // namespace
}  // namespace lastcall::os::test
