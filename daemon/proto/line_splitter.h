// A child's output, bytes in and lines out, whatever pieces the bytes come in. A line longer than the bound comes in several parts, none of
// which cuts a UTF-8 character in two, so that nothing a child writes can grow our memory. One for each stream of each instance; pure.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace lastcall::proto {

constexpr std::size_t kLongestLine = 16 * 1024;  // bytes; where Docker's log drivers split as well

enum class LineEnd {
  newline,  // which is not part of the text
  cut,      // too long: more of the same line follows
  missing,  // the output ended without one
};

// `text` is valid during the call alone.
using LineHandler = std::function<void(std::string_view text, LineEnd end)>;

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t longest = kLongestLine) : longest_(longest) {}

  void feed(std::string_view bytes, const LineHandler& on_line);
  void finish(const LineHandler& on_line);  // hands out what has no newline, if anything

 private:
  std::size_t take(std::string_view text, bool whole, const LineHandler& on_line) const;

  std::size_t longest_;
  std::string begun_;  // at most `longest_` bytes between two calls
};

}  // namespace lastcall::proto
