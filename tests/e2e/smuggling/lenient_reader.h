// Reads what reached a child as differently lenient servers would: each of these habits has been some server's. Where two of them see
// different requests in the same bytes, somebody can smuggle. Pure, and deliberately nothing of lastcall's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastcall::test {

struct Leniency {
  enum class Framing : std::uint8_t { chunked_wins, first_length_wins, last_length_wins };
  Framing framing = Framing::chunked_wins;
  bool lf_ends_lines = false;   // without its CR
  bool cr_ends_lines = false;   // without its LF
  bool loose_names = false;     // white space before the colon, controls anywhere: all trimmed away
  bool loose_chunked = false;   // "xchunked", "chunked, identity"
};
std::string to_string(const Leniency& leniency);
const std::vector<Leniency>& all_leniencies();

struct Reading {
  std::vector<std::string> targets;  // of whole requests
  std::string leftover;              // the beginning of another one
  bool operator==(const Reading&) const = default;
};
Reading read_requests(std::string_view bytes, const Leniency& leniency);

}  // namespace lastcall::test
