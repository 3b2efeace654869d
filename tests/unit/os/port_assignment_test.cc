#include "os/port_assignment.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>
#include <set>
#include <vector>

#include "fixture.h"
#include "os/socket.h"

namespace lastcall::os::test {
namespace {

TEST_CASE("1,000 ports for eight processes at once: none twice, each free, all below the ephemeral range (G153)") {
  constexpr int kProcesses = 8, kEach = 125;
  unsigned low = 32768;
  if (std::FILE* file = std::fopen("/proc/sys/net/ipv4/ip_local_port_range", "re")) {
    if (std::fscanf(file, "%u", &low) != 1) low = 32768;
    std::fclose(file);
  }
  Pipe report, hold;
  std::vector<int> pids;
  for (int i = 0; i < kProcesses; ++i) {
    pids.push_back(fork_copy());
    if (pids.back() != 0) continue;
    hold.writing.reset();
    std::vector<AssignedPort> mine;
    for (int n = 0; n < kEach; ++n) {
      auto assigned = assign_port();
      if (!assigned.ok()) ::_exit(1);
      (void)!::write(report.writing.get(), &assigned.value().port, sizeof assigned.value().port);
      mine.push_back(std::move(assigned).value());
    }
    report.writing.reset();
    char byte;
    (void)!::read(hold.reading.get(), &byte, 1);  // keeps its locks until all have theirs
    // The child that gets the port binds it without any option.
    ::_exit(listen_on(Address::loopback(mine.front().port)).ok() ? 0 : 2);
  }
  report.writing.reset();
  const std::string bytes = read_to_end(report.reading.get());
  hold.writing.reset();
  for (const int pid : pids) CHECK(wait_for(pid) == 0);
  REQUIRE(bytes.size() == kProcesses * kEach * sizeof(std::uint16_t));
  std::set<std::uint16_t> ports;
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint16_t)) {
    std::uint16_t port;
    std::memcpy(&port, bytes.data() + at, sizeof port);
    CHECK(port >= 1024);
    CHECK(port < low);
    ports.insert(port);
  }
  CHECK(ports.size() == kProcesses * kEach);
}

TEST_CASE("the lock is what keeps a port: while it is held nobody can take its name") {
  auto assigned = assign_port();
  REQUIRE(assigned.ok());
  const Address name = Address::parse("unix:@lastcall/port/" + std::to_string(assigned.value().port)).value();
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  CHECK(::bind(fd.get(), name.data(), name.size()) == -1);
  assigned.value().lock.reset();
  CHECK(::bind(fd.get(), name.data(), name.size()) == 0);
}

}  // namespace
}  // namespace lastcall::os::test
