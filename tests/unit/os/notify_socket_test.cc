#include "os/notify_socket.h"

#include <doctest/doctest.h>

#include <sys/socket.h>

#include <filesystem>

#include "base/address.h"
#include "fixture.h"

namespace lastcall::os::test {
namespace {

UniqueFd connected_to(const std::string& name) {
  const Address address = Address::parse("unix:" + name).value();
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  REQUIRE(::connect(fd.get(), address.data(), address.size()) == 0);
  return fd;
}

bool send_text(int fd, std::string_view text) {
  return ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

// One datagram with `copies` descriptors of the write end of `pipe`.
bool send_with_descriptors(int fd, std::string_view text, int descriptor, std::size_t copies) {
  std::vector<int> all(copies, descriptor);
  std::vector<char> control(CMSG_SPACE(copies * sizeof(int)));
  iovec bytes{const_cast<char*>(text.data()), text.size()};
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(copies * sizeof(int));
  std::copy(all.begin(), all.end(), reinterpret_cast<int*>(CMSG_DATA(rights)));
  return ::sendmsg(fd, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

}  // namespace

TEST_CASE("a notification comes with the kernel's word on who sent it") {
  auto socket = NotifySocket::open();
  REQUIRE(socket.ok());
  CHECK_FALSE(socket.value().receive());
  int sender = 0;
  const int code = in_fork([&] { return send_text(connected_to(socket.value().name()).get(), "READY=1") ? 0 : 1; });
  CHECK(code == 0);
  REQUIRE(send_text(connected_to(socket.value().name()).get(), "STATUS=two"));
  const auto first = socket.value().receive();
  REQUIRE(first);
  CHECK(first->text == "READY=1");
  sender = first->pid;
  CHECK(sender > 0);
  CHECK(sender != ::getpid());
  const auto second = socket.value().receive();
  REQUIRE(second);
  CHECK(second->text == "STATUS=two");
  CHECK(second->pid == ::getpid());
  CHECK(second->uid == ::getuid());
  CHECK_FALSE(second->cut);
  CHECK_FALSE(socket.value().receive());
}

TEST_CASE("two sockets have two names, which nobody guesses") {
  auto one = NotifySocket::open(), two = NotifySocket::open();
  REQUIRE((one.ok() && two.ok()));
  CHECK(one.value().name() != two.value().name());
  CHECK(one.value().name().starts_with("@lastcall/notify/"));
  CHECK(one.value().name().size() >= 40);
}

TEST_CASE("descriptors that come along are closed at once: nobody fills our table, and a barrier ends") {
  auto socket = NotifySocket::open();
  REQUIRE(socket.ok());
  const std::ptrdiff_t before = open_descriptors();
  Pipe pipe;
  const UniqueFd sender = connected_to(socket.value().name());
  REQUIRE(send_with_descriptors(sender.get(), "BARRIER=1", pipe.writing.get(), 1));
  pipe.writing.reset();
  const auto barrier = socket.value().receive();
  REQUIRE(barrier);
  CHECK(barrier->descriptors == 1);
  CHECK(read_to_end(pipe.reading.get()).empty());  // comes back only because nobody holds the other end any more
  pipe.reading.reset();

  Pipe many;
  REQUIRE(send_with_descriptors(sender.get(), "FDSTORE=1", many.writing.get(), 253));
  const auto stored = socket.value().receive();
  REQUIRE(stored);
  CHECK(stored->descriptors == 253);
  CHECK(stored->pid == ::getpid());
  many.writing.reset();
  CHECK(read_to_end(many.reading.get()).empty());
  many.reading.reset();
  CHECK(open_descriptors() == before + 1);
}

TEST_CASE("a message that is too long is cut, and says so") {
  auto socket = NotifySocket::open();
  REQUIRE(socket.ok());
  const UniqueFd sender = connected_to(socket.value().name());
  REQUIRE(send_text(sender.get(), std::string(NotifySocket::kLimit, 'x')));
  CHECK_FALSE(socket.value().receive()->cut);
  REQUIRE(send_text(sender.get(), std::string(NotifySocket::kLimit + 1, 'x')));
  const auto cut = socket.value().receive();
  REQUIRE(cut);
  CHECK(cut->cut);
  CHECK(cut->text.size() == NotifySocket::kLimit);
}

}  // namespace lastcall::os::test
