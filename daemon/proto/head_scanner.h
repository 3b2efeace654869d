// Finds the end of a message head in bytes that arrive piecemeal, line by line, and refuses at once what breaks the framing of lines:
// bare LF or CR, controls, folded lines, and sizes over the limits. Remembers offsets only, so the caller may move its bytes between
// calls. Shared by both parsers; knows nothing of what a line means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "proto/fault.h"

namespace lastcall::proto {

struct HttpLimits;

class HeadScanner {
 public:
  enum class Kind : std::uint8_t { request, response };
  HeadScanner(Kind kind, const HttpLimits& limits);
  void reset();

  // `data` begins with all that was given before. The verdict depends on the bytes only, never on how they were split.
  Fault scan(std::string_view data);
  bool done() const { return done_; }

  // After done(): slices and offsets of the data.
  std::string_view start_line(std::string_view data) const { return data.substr(begin_, fields_ - begin_ - 2); }
  std::size_t fields_begin() const { return fields_; }
  std::span<const std::uint32_t> field_ends() const { return field_ends_; }
  std::size_t end() const { return line_; }

 private:
  Fault scan_begin(std::string_view data);
  Fault check_size(std::size_t end, bool line_complete) const;
  Fault take_control(std::string_view data, std::size_t at);
  Fault take_line(std::string_view data, std::size_t end);

  const Kind kind_;
  const std::size_t start_line_limit_;  // with CRLF
  const std::size_t head_limit_;
  const std::size_t field_limit_;
  std::size_t begin_ = 0;    // of the start line
  std::size_t fields_ = 0;   // of the first field line; 0 before it is known
  std::size_t line_ = 0;     // of the line being read
  std::size_t scanned_ = 0;  // what lies before was looked at
  std::size_t cr_ = 0;       // behind the line's last CR; 0: none
  std::vector<std::uint32_t> field_ends_;
  bool control_ = false;     // the line holds a control that may stand in none
  bool begun_ = false;
  bool done_ = false;
};

}  // namespace lastcall::proto
