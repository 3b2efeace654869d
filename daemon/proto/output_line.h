// How a line of a child's output is written on: with its instance in front, as a JSON object, or as it came. Text in, text out; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/line_splitter.h"

namespace lastcall::proto {

struct OutputLine {
  std::string_view text;
  LineEnd end = LineEnd::newline;
};

void append_plain(std::string& out, const OutputLine& line);  // byte for byte what the child wrote

// "[node.0] text"; a part of a line that is too long for one gets a line of its own: "[node.0+] the rest" says that it goes on.
// `color`: an ANSI foreground color, 31 to 37, or 0. `continued`: the part before it was cut.
struct Prefix {
  std::string_view name;
  int color = 0;
  bool continued = false;
};
void append_prefixed(std::string& out, const Prefix& prefix, const OutputLine& line);

// {"time":...,"stream":"stdout","pid":7,"instance":"0","message":"text"}, and "partial":true where more of the same line follows.
struct Origin {
  std::string_view time;  // base/utc_text
  std::string_view stream;
  int pid = 0;
  std::string_view instance;
};
void append_json_line(std::string& out, const Origin& origin, const OutputLine& line);

}  // namespace lastcall::proto
