// One of our standard descriptors, which others write to as well, as a place for text that never blocks us: opened anew where that is
// possible, so that our O_NONBLOCK is not theirs (P52). A text is taken whole or not at all; where the kernel cut it, the rest goes out
// before anything else, so that no two texts mix. Owned by whoever writes; the supervisor's log and its children's lines share one, a
// worker's access log has its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"
#include "base/unique_fd.h"

namespace lastcall::os {

class SharedOutput {
 public:
  enum class Put : std::uint8_t {
    taken,
    full,    // nobody reads: try again when fd() is writable
    failed,  // not this text: a full disk, a terminal that hung up
    gone,    // there is no reader any more, and will be none (EPIPE)
  };

  explicit SharedOutput(int fd);  // borrowed; does not change it

  Put put(std::string_view text);
  Put flush();             // of what the kernel cut off before; taken: nothing is left
  void wait(Duration time) const;  // for room; only where nothing is left to do but end
  std::size_t at_once() const { return at_once_; }  // what nobody's text can get between: PIPE_BUF, but for a file
  int fd() const { return fd_; }  // to wait for room; always writable where that means nothing (files)

 private:
  enum class Kind : std::uint8_t {
    own,     // a description of our own with O_NONBLOCK, or a file: write() does not block
    socket,  // MSG_DONTWAIT does it for each call
    shared,  // only poll() and small writes are left
  };
  Put write_some(std::string_view text, std::size_t& written);

  Kind kind_ = Kind::shared;
  int fd_;
  std::size_t at_once_;
  UniqueFd opened_;
  std::string rest_;
};

bool same_file(int fd, int other);  // whether what is written to the one lands in the other's file, pipe or terminal

}  // namespace lastcall::os
