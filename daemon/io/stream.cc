#include "io/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "os/socket.h"

namespace lastcall::io {
namespace {

std::size_t total_size(std::span<const iovec> slices) {
  std::size_t size = 0;
  for (const iovec& slice : slices) size += slice.iov_len;
  return size;
}

}  // namespace

Stream::Stream(Poller& poller, UniqueFd socket, StreamOwner& owner, bool connecting)
    : poller_(poller), owner_(&owner), socket_(std::move(socket)), connecting_(connecting) {
  readable_ = writable_ = !connecting;  // nothing is known yet: the first attempt finds out
}

Stream::~Stream() { poller_.forget(*this); }

std::unique_ptr<Stream> Stream::adopt(Poller& poller, UniqueFd socket, StreamOwner& owner) {
  std::unique_ptr<Stream> stream(new Stream(poller, std::move(socket), owner, false));
  poller.add_late(stream->fd(), *stream);
  return stream;
}

Result<std::unique_ptr<Stream>> Stream::connect(Poller& poller, const Address& to, StreamOwner& owner) {
  // A Unix socket is connected when connect() returns; TCP says so later, even on loopback.
  UniqueFd socket = TRY(os::connect_to(to));
  std::unique_ptr<Stream> stream(new Stream(poller, std::move(socket), owner, !to.is_unix()));
  TRY(poller.add(stream->fd(), *stream));
  return stream;
}

void Stream::on_ready(std::uint32_t events) {
  bool tell = (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (connecting_) {
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) == 0) return;
    tell = true;
    if (!finish_connect()) return owner_->on_stream(*this);
  }
  if ((events & (EPOLLRDHUP | EPOLLHUP)) != 0) peer_closed_ = true;
  // HUP is also the regular end of both directions; without our FIN it is the peer's doing alone.
  if ((events & EPOLLERR) != 0 || ((events & EPOLLHUP) != 0 && !shut_sent_)) aborted_ = true;
  if (tell && !ended_) readable_ = true;
  if ((events & EPOLLOUT) != 0 && !aborted_) {
    writable_ = true;
    tell |= flush();
  }
  if (aborted_) abort_writing(write_error_);
  if (tell) owner_->on_stream(*this);  // may destroy us
}

bool Stream::finish_connect() {
  const int code = os::connect_error(fd());
  connecting_ = false;
  if (code != 0) {
    fail(code);
    return false;
  }
  writable_ = readable_ = true;
  return true;
}

Stream::ReadResult Stream::read(std::span<char> into) {
  if (error_ != 0) return {Read::failed, 0};
  if (ended_) return {Read::end, 0};
  if (connecting_) return {Read::would_block, 0};
  ssize_t size;
  do size = ::recv(fd(), into.data(), into.size(), 0);
  while (size < 0 && errno == EINTR);
  if (size > 0) {
    bytes_read_ += static_cast<std::uint64_t>(size);
    // A short read emptied the socket, and the next byte brings a new edge (epoll(7), question 9). FIN and RST have had theirs; and a
    // socket that is not registered has none.
    if (static_cast<std::size_t>(size) < into.size() && !peer_closed_ && !aborted_ && !poller_.is_late(*this)) readable_ = false;
    return {Read::data, static_cast<std::size_t>(size)};
  }
  if (size < 0 && errno == EAGAIN) {
    readable_ = false;
    if (aborted_) fail(ECONNRESET);  // the kernel would not watch it: nothing could ever be learnt of it again
    watch();
    return {aborted_ ? Read::failed : Read::would_block, 0};
  }
  // A reset whose error a send has consumed reads as EOF: it must not pass for one, or a truncated body would look complete.
  if (size < 0 || write_error_ != 0) {
    fail(size < 0 ? errno : write_error_);
    return {Read::failed, 0};
  }
  ended_ = peer_closed_ = true;
  readable_ = false;
  return {Read::end, 0};
}

Stream::ReadResult Stream::peek(std::span<char> into) {
  if (error_ != 0) return {Read::failed, 0};
  if (connecting_) return {Read::would_block, 0};
  watch();
  const ReadResult seen = look(into);
  if (seen.what == Read::failed) fail(errno);
  return seen;
}

Stream::ReadResult Stream::look(std::span<char> into) const {
  ssize_t size;
  do size = ::recv(fd(), into.data(), into.size(), MSG_PEEK | MSG_DONTWAIT);
  while (size < 0 && errno == EINTR);
  if (size > 0) return {Read::data, static_cast<std::size_t>(size)};
  if (size == 0) return {Read::end, 0};
  return {errno == EAGAIN ? Read::would_block : Read::failed, 0};
}

void Stream::write(std::string_view bytes) {
  const iovec slice{const_cast<char*>(bytes.data()), bytes.size()};
  write(std::span(&slice, 1));
}

void Stream::write(std::span<const iovec> slices) {
  if (error_ != 0 || aborted_ || shut_requested_) return;
  std::size_t sent = 0;
  if (!connecting_ && writable_ && queued() == 0) sent = send_slices(slices);
  if (!aborted_) enqueue(slices, sent);
}

// Returns the bytes that the kernel took. Whatever it did not take means that its buffer is full: a new edge will tell.
std::size_t Stream::send_slices(std::span<const iovec> slices) {
  constexpr std::size_t kAtOnce = 64;  // far below IOV_MAX; a request head has a handful
  std::size_t sent = 0;
  while (!slices.empty()) {
    const auto part = slices.first(std::min(slices.size(), kAtOnce));
    const msghdr message{.msg_name = nullptr,
                         .msg_namelen = 0,
                         .msg_iov = const_cast<iovec*>(part.data()),
                         .msg_iovlen = part.size(),
                         .msg_control = nullptr,
                         .msg_controllen = 0,
                         .msg_flags = 0};
    ssize_t size;
    do size = ::sendmsg(fd(), &message, MSG_NOSIGNAL);
    while (size < 0 && errno == EINTR);
    if (size < 0) {
      writable_ = false;
      if (errno != EAGAIN) abort_writing(errno);
      watch();
      return sent;
    }
    sent += static_cast<std::size_t>(size);
    bytes_written_ += static_cast<std::uint64_t>(size);
    if (static_cast<std::size_t>(size) < total_size(part)) {
      writable_ = false;
      watch();
      return sent;
    }
    slices = slices.subspan(part.size());
  }
  return sent;
}

void Stream::enqueue(std::span<const iovec> slices, std::size_t skip) {
  for (const iovec& slice : slices) {
    if (skip >= slice.iov_len) {
      skip -= slice.iov_len;
      continue;
    }
    if (!queue_) queue_ = std::make_unique<std::string>();
    queue_->append(static_cast<const char*>(slice.iov_base) + skip, slice.iov_len - skip);
    skip = 0;
  }
}

// Whether anything changed for the owner: bytes left the queue, or the FIN did.
bool Stream::flush() {
  const std::size_t before = queued();
  if (before > 0) {
    const iovec rest{queue_->data() + queue_sent_, before};
    queue_sent_ += send_slices(std::span(&rest, 1));
    if (queued() == 0) {
      queue_.reset();
      queue_sent_ = 0;
    } else if (queue_sent_ > queue_->size() / 2) {
      queue_->erase(0, queue_sent_);  // so that a peer that is always a little behind does not make the queue grow
      queue_sent_ = 0;
    }
  }
  const bool fin = shut_requested_ && !shut_sent_ && queued() == 0 && !aborted_;
  if (fin) send_fin();
  return fin || before != queued();
}

void Stream::shutdown_write() {
  if (shut_requested_) return;
  shut_requested_ = true;
  if (!connecting_ && queued() == 0 && error_ == 0 && !aborted_) send_fin();
}

void Stream::send_fin() {
  (void)::shutdown(fd(), SHUT_WR);  // fails only on a socket that is already reset, which its own edge reports
  shut_sent_ = true;
  watch();
}

// Nothing can be sent any more, but what the peer sent before its reset is still in the kernel and may be read.
void Stream::abort_writing(int code) {
  aborted_ = true;
  writable_ = false;
  if (write_error_ == 0) write_error_ = code;
  queue_.reset();
  queue_sent_ = 0;
  if (!ended_) readable_ = true;
}

void Stream::fail(int code) {
  abort_writing(code);
  error_ = code;
}

bool Stream::quiet() {
  if (connecting_ || error_ != 0 || aborted_ || peer_closed_ || ended_) return false;
  char byte;
  return look({&byte, 1}).what == Read::would_block;
}

bool Stream::emptied() {
  if (connecting_ || error_ != 0 || aborted_) return false;
  char byte;
  const Read what = look({&byte, 1}).what;
  return what == Read::end || what == Read::would_block;
}

void Stream::reset() { os::set_reset_on_close(fd()); }

}  // namespace lastcall::io
