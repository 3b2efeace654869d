#include "proto/line_splitter.h"

namespace lastcall::proto {
namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

// Where to cut a text that is longer than `longest`: before the character that the bound falls into, which has at most three bytes before
// it. What is no UTF-8 is cut at the bound.
std::size_t place_to_cut(std::string_view text, std::size_t longest) {
  std::size_t at = longest;
  for (int back = 0; back < 3 && at > 1 && continues(text[at]); ++back) --at;
  return continues(text[at]) ? longest : at;
}

}  // namespace

// The parts of one line's beginning; how much of it was handed out. `whole`: its newline was seen, so nothing is left.
std::size_t LineSplitter::take(std::string_view text, bool whole, const LineHandler& on_line) const {
  std::size_t taken = 0;
  while (text.size() - taken > longest_) {
    const std::string_view rest = text.substr(taken);
    const std::size_t size = place_to_cut(rest, longest_);
    on_line(rest.substr(0, size), LineEnd::cut);
    taken += size;
  }
  if (!whole) return taken;
  on_line(text.substr(taken), LineEnd::newline);
  return text.size();
}

void LineSplitter::feed(std::string_view bytes, const LineHandler& on_line) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const bool whole = newline != bytes.npos;
    const std::string_view piece = bytes.substr(0, newline);
    bytes.remove_prefix(whole ? newline + 1 : bytes.size());
    if (begun_.empty()) {  // nearly always: without a copy
      const std::size_t taken = take(piece, whole, on_line);
      begun_.assign(piece.substr(taken));
    } else {
      begun_.append(piece);
      begun_.erase(0, take(begun_, whole, on_line));
    }
  }
}

void LineSplitter::finish(const LineHandler& on_line) {
  if (!begun_.empty()) on_line(begun_, LineEnd::missing);
  begun_.clear();
}

}  // namespace lastcall::proto
