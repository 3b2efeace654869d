#include "os/notify_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include <fmt/format.h>

#include "base/address.h"
#include "os/random.h"

namespace lastcall::os {
namespace {

constexpr std::size_t kMostDescriptors = 253;  // SCM_MAX_FD: more can't come with one message

struct Sender {
  int pid = 0;
  unsigned uid = 0;
  std::size_t descriptors = 0;
};

// Closes what came along; the kernel may have made as many descriptors as fit into the buffer, whatever else is wrong with the message.
Sender read_control(msghdr& header) {
  Sender sender;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level != SOL_SOCKET) continue;
    if (each->cmsg_type == SCM_CREDENTIALS && each->cmsg_len >= CMSG_LEN(sizeof(ucred))) {
      ucred who{};
      std::memcpy(&who, CMSG_DATA(each), sizeof who);
      sender.pid = who.pid;
      sender.uid = who.uid;
    } else if (each->cmsg_type == SCM_RIGHTS) {
      const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(each) + i * sizeof fd, sizeof fd);
        ::close(fd);
      }
      sender.descriptors += count;
    }
  }
  return sender;
}

}  // namespace

Result<NotifySocket> NotifySocket::open() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("cannot make a socket for the command's notifications");
  const int on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) return system_error("SO_PASSCRED");
  std::string name = "@lastcall/notify/";
  for (const std::uint8_t byte : random_bytes<16>()) name += fmt::format("{:02x}", byte);
  const Address address = TRY(Address::parse("unix:" + name));
  if (::bind(fd.get(), address.data(), address.size()) != 0)
    return system_error("cannot bind " + name + " for the command's notifications");
  return NotifySocket(std::move(fd), std::move(name));
}

std::optional<Notification> NotifySocket::receive() {
  buffer_.resize(kLimit);
  iovec bytes{buffer_.data(), buffer_.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(kMostDescriptors * sizeof(int))];
  msghdr header{};
  header.msg_iov = &bytes;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t size = ::recvmsg(fd_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  // Descriptors may be lost on the way (EMFILE): the message counts all the same. Any error of recvmsg is no message.
  if (size < 0) return std::nullopt;
  const Sender sender = read_control(header);
  return Notification{.text = std::string_view(buffer_).substr(0, static_cast<std::size_t>(size)),
                      .cut = (header.msg_flags & MSG_TRUNC) != 0,
                      .pid = sender.pid,
                      .uid = sender.uid,
                      .descriptors = sender.descriptors};
}

}  // namespace lastcall::os
