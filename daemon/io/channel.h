// One end of the SOCK_SEQPACKET channel between supervisor and worker (docs/design.md 1.1): whole datagrams in order, both ends
// non-blocking, descriptors by SCM_RIGHTS. Messages are whole states: a queued message is replaced by a newer one with the same key.
// Knows bytes, not meanings; used by both processes.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "io/fd_watch.h"

namespace lastcall::io {

class Channel {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_channel_message(std::span<const char> message, std::vector<UniqueFd> descriptors) = 0;  // may destroy the channel
    virtual void on_channel_closed() = 0;  // EOF or error: the other end is gone; may destroy the channel
  };
  static constexpr std::size_t kMaxMessage = 4096 + 16;
  static constexpr std::size_t kMaxQueued = 64;

  static constexpr std::size_t kMaxDescriptors = 16;

  Channel(Loop& loop, UniqueFd socket, Owner& owner);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // Error: the queue is full, the other end is hung. `key` 0 never replaces; a message with descriptors must have key 0. A replaced
  // message keeps its place, so a command that waits behind a state finds that state or a newer one. Once the other end is gone
  // messages are dropped: on_channel_closed() has been or will be called.
  Status send(std::span<const char> message, std::uint32_t key = 0, std::vector<UniqueFd> descriptors = {});
  std::size_t queued() const { return queue_.size(); }

 private:
  struct Message {
    std::uint32_t key;
    std::string bytes;
    std::vector<UniqueFd> descriptors;
  };
  enum class Received { message, nothing, closed };
  void on_events(int events);
  void receive(bool to_the_end);
  Received receive_one();
  void flush();
  int send_now(const Message& message);
  void watch();

  UniqueFd socket_;
  Owner& owner_;
  std::deque<Message> queue_;
  FdWatch watch_;
  bool closed_ = false;
  bool* alive_ = nullptr;  // while a call into the owner is in progress: whether we survived it
};

}  // namespace lastcall::io
