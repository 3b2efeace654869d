// What our children wrote, on its way to one of our own descriptors: whole lines in a bounded queue, which never blocks us. While it is
// full, nothing more is read from the children, so that they wait as they would without us. A reader who takes nothing while the service
// ends is waited for no longer than told: then lines are dropped and counted, until it takes some. Owned by the OutputRelay.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "io/callback_timer.h"
#include "io/room_watch.h"
#include "os/shared_output.h"

namespace lastcall::supervisor {

class OutputSink {
 public:
  // `output` is borrowed. `before_write`: whatever has to leave the screen first. `on_room`: children may write again, or all is written.
  OutputSink(io::Loop& loop, os::SharedOutput& output, std::function<void()> before_write, std::function<void()> on_room);

  void add(std::string_view line);  // with its newline
  void flush();                     // what fits
  bool has_room() const;            // for more of the children's
  bool settled() const { return gone_ || dropping_ || (head_ == queue_.size() && !waiting_); }  // nothing is owed to a reader who takes it
  bool gone() const { return gone_; }  // nobody will ever read it

  void set_patience(Duration patience);  // kInfinite at first
  void give_up() { drop_queue(); }
  std::uint64_t dropped_lines() const { return dropped_lines_; }
  std::uint64_t dropped_bytes() const { return dropped_bytes_; }

 private:
  std::string_view next_batch() const;
  void on_room_again();
  void wait();
  void drop(std::string_view lines);
  void drop_queue();

  os::SharedOutput& output_;
  std::function<void()> before_write_;
  std::function<void()> on_room_;
  std::string queue_;
  std::size_t head_ = 0;  // before it all is written
  bool waiting_ = false;  // for room
  bool dropping_ = false;
  bool gone_ = false;
  Duration patience_ = kInfinite;
  std::uint64_t dropped_lines_ = 0;
  std::uint64_t dropped_bytes_ = 0;
  io::RoomWatch room_;
  io::CallbackTimer stuck_;
};

}  // namespace lastcall::supervisor
