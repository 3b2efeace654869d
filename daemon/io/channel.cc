#include "io/channel.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace lastcall::io {
namespace {

constexpr int kMessagesPerTurn = 16;  // then the rest of the loop has its go; the watch is level-triggered

using ControlBuffer = std::array<char, CMSG_SPACE(sizeof(int) * Channel::kMaxDescriptors)>;

std::vector<UniqueFd> take_descriptors(msghdr& message) {
  std::vector<UniqueFd> taken;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      taken.emplace_back(fd);
    }
  }
  return taken;
}

}  // namespace

Channel::Channel(Loop& loop, UniqueFd socket, Owner& owner)
    : socket_(std::move(socket)), owner_(owner), watch_(loop, socket_.get(), [this](int events) { on_events(events); }) {
  watch();
}

Channel::~Channel() {
  if (alive_ != nullptr) *alive_ = false;
}

void Channel::watch() { watch_.start(queue_.empty() ? FdWatch::readable : FdWatch::readable | FdWatch::writable); }

Status Channel::send(std::span<const char> message, std::uint32_t key, std::vector<UniqueFd> descriptors) {
  if (message.empty() || message.size() > kMaxMessage || descriptors.size() > kMaxDescriptors || (key != 0 && !descriptors.empty()))
    panic("a channel message of a shape that the channel can't carry");
  if (closed_) return {};
  Message made{key, std::string(message.data(), message.size()), std::move(descriptors)};
  if (queue_.empty()) {
    const int error = send_now(made);
    if (error != EAGAIN) return error == 0 ? Status() : system_error("channel", error);
    queue_.push_back(std::move(made));
    watch();
    return {};
  }
  const auto older = std::ranges::find_if(queue_, [key](const Message& queued) { return key != 0 && queued.key == key; });
  if (older != queue_.end()) {
    older->bytes = std::move(made.bytes);
    return {};
  }
  if (queue_.size() >= kMaxQueued) return Error{ENOBUFS, "channel: the other end does not read"};
  queue_.push_back(std::move(made));
  return {};
}

// errno of the attempt. A peer that is gone is success: the watch reports the end, in its order after what it still sent.
int Channel::send_now(const Message& message) {
  iovec slice{const_cast<char*>(message.bytes.data()), message.bytes.size()};
  msghdr header{};
  header.msg_iov = &slice;
  header.msg_iovlen = 1;
  alignas(cmsghdr) ControlBuffer control{};
  if (!message.descriptors.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(sizeof(int) * message.descriptors.size());
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof(int) * message.descriptors.size());
    for (std::size_t i = 0; i < message.descriptors.size(); ++i) {
      const int fd = message.descriptors[i].get();
      std::memcpy(CMSG_DATA(part) + i * sizeof fd, &fd, sizeof fd);
    }
  }
  if (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL) >= 0) return 0;
  return errno == EPIPE || errno == ECONNRESET ? 0 : errno;
}

void Channel::flush() {
  while (!queue_.empty()) {
    if (send_now(queue_.front()) == EAGAIN) return;
    queue_.pop_front();
  }
  watch();
}

void Channel::on_events(int events) {
  if ((events & FdWatch::writable) != 0) flush();
  if ((events & (FdWatch::readable | FdWatch::hangup)) != 0) receive((events & FdWatch::hangup) != 0);
}

void Channel::receive(bool to_the_end) {
  bool alive = true;
  alive_ = &alive;
  for (int i = 0; to_the_end || i < kMessagesPerTurn; ++i) {
    const Received received = receive_one();
    if (!alive) return;
    if (received == Received::message) continue;
    if (received == Received::closed) {
      closed_ = true;
      queue_.clear();
      watch_.stop();
      alive_ = nullptr;
      owner_.on_channel_closed();  // may destroy us
      return;
    }
    break;
  }
  alive_ = nullptr;
  if (to_the_end) watch();  // an error stopped the watch, yet the other end is not gone
}

Channel::Received Channel::receive_one() {
  std::array<char, kMaxMessage> bytes;
  alignas(cmsghdr) ControlBuffer control;
  iovec slice{bytes.data(), bytes.size()};
  msghdr header{};
  header.msg_iov = &slice;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t size;
  // A peer that died with our messages unread gives ECONNRESET once, ahead of its own last messages, which are still to be read.
  do size = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
  while (size < 0 && (errno == EINTR || errno == ECONNRESET));
  if (size < 0 && errno == EAGAIN) return Received::nothing;
  if (size <= 0) return Received::closed;
  std::vector<UniqueFd> descriptors = take_descriptors(header);
  // Larger than any message of ours, or more descriptors than we have room for: not our peer's build, or it is broken.
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return Received::closed;
  owner_.on_channel_message(std::span(bytes.data(), static_cast<std::size_t>(size)), std::move(descriptors));
  return Received::message;
}

}  // namespace lastcall::io
