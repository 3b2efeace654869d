// One output stream of a command that we run: its lines go to the log under the command's name ("command_output"), and the first bytes are
// kept for who asked for them. Both are bounded: what a flood writes beyond is read and thrown away, so that neither the log nor the
// command is blocked by it. One read in a turn of the loop. Owned by a CommandRun; supervisor process only.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "io/fd_watch.h"

namespace lastcall::supervisor {

class CommandOutput {
 public:
  // `name`: in the log; empty: nothing is logged. `keep`: how many of the first bytes are kept. Takes `reading`, the one end of a pipe.
  CommandOutput(io::Loop& loop, UniqueFd reading, std::string name, std::string_view stream, std::size_t keep);

  void finish();  // the command has ended: what it left in the pipe, and a last line without its end
  const std::string& kept() const { return kept_; }
  bool cut() const { return cut_; }  // there was more than was kept

 private:
  bool read_once();  // false: nothing is there now, or ever
  void take(std::string_view bytes);
  void log_lines(std::string_view bytes);
  void log_line();
  bool logged_enough() const;

  UniqueFd reading_;
  std::string name_;
  std::string_view stream_;
  std::size_t keep_;
  std::string kept_;
  bool cut_ = false;
  std::string line_;        // begun, not ended
  std::size_t logged_ = 0;  // bytes
  std::size_t lines_ = 0;
  io::FdWatch watch_;
};

}  // namespace lastcall::supervisor
