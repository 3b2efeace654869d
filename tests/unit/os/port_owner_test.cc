#include "os/port_owner.h"

#include <doctest/doctest.h>

#include "fixture.h"
#include "os/process_tree.h"
#include "os/socket.h"

namespace lastcall::os::test {
namespace {

TEST_CASE("the process behind a port is named, and what a child listens on is found wherever that is (decision 10)") {
  Pipe report, hold;
  const int pid = fork_copy();
  if (pid == 0) {
    hold.writing.reset();
    const UniqueFd v4 = std::move(listen_on(Address::parse("127.0.0.2:0").value())).value();
    const UniqueFd v6 = std::move(listen_on(Address::parse(":0").value())).value();
    for (const int fd : {v4.get(), v6.get()}) {
      const std::string text = local_address(fd).value().to_string() + "\n";
      (void)!::write(report.writing.get(), text.data(), text.size());
    }
    report.writing.reset();
    char byte;
    (void)!::read(hold.reading.get(), &byte, 1);
    ::_exit(0);
  }
  report.writing.reset();
  const std::string text = read_to_end(report.reading.get());
  const Address first = Address::parse(text.substr(0, text.find('\n'))).value();

  const auto owner = who_listens_on(first.port());
  REQUIRE(owner);
  CHECK(owner->pid == pid);
  CHECK(owner->name == read_process(::getpid())->name);

  const int pids[] = {pid};
  std::string found;
  bool has_first = false;
  for (const Address& address : listening_of(pids)) {
    has_first |= address == first;
    found += address.to_string() + "\n";
  }
  CHECK(has_first);
  CHECK(found.size() == text.size());
  for (const std::string& line : {text.substr(0, text.find('\n') + 1), text.substr(text.find('\n') + 1)})
    CHECK_MESSAGE(found.find(line) != std::string::npos, found);

  hold.writing.reset();
  hold.reading.reset();
  wait_for(pid);
  CHECK_FALSE(who_listens_on(first.port()));
  CHECK(listening_of(pids).empty());
}

}  // namespace
}  // namespace lastcall::os::test
