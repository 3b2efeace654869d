#include "lenient_reader.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>

namespace lastcall::test {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// The next line without its end, taken off `rest`; nothing where no end has come.
std::optional<std::string_view> take_line(std::string_view& rest, const Leniency& leniency) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    std::size_t end = 0;
    if (rest.substr(i, 2) == "\r\n") {
      end = 2;
    } else if ((rest[i] == '\n' && leniency.lf_ends_lines) || (rest[i] == '\r' && leniency.cr_ends_lines && i + 1 < rest.size())) {
      end = 1;
    }
    if (end == 0) continue;
    const std::string_view line = rest.substr(0, i);
    rest.remove_prefix(i + end);
    return line;
  }
  return std::nullopt;
}

struct Head {
  std::string target;
  std::vector<std::uint64_t> lengths;
  bool chunked = false;
};

void read_field(std::string_view line, const Leniency& leniency, Head& head) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = lower(leniency.loose_names ? trimmed(line.substr(0, colon)) : line.substr(0, colon));
  const std::string value = lower(trimmed(line.substr(colon + 1)));
  if (name == "content-length") head.lengths.push_back(std::strtoull(value.c_str(), nullptr, 10));
  if (name == "transfer-encoding") {
    head.chunked = head.chunked || value == "chunked" || (leniency.loose_chunked && value.find("chunked") != std::string::npos);
  }
}

std::optional<Head> take_head(std::string_view& rest, const Leniency& leniency) {
  Head head;
  std::optional<std::string_view> line = take_line(rest, leniency);
  while (line && line->empty()) line = take_line(rest, leniency);
  if (!line) return std::nullopt;
  const std::size_t space = line->find(' ');
  if (space != std::string_view::npos) head.target = line->substr(space + 1, line->find(' ', space + 1) - space - 1);
  while ((line = take_line(rest, leniency))) {
    if (line->empty()) return head;
    read_field(*line, leniency, head);
  }
  return std::nullopt;
}

bool skip_chunks(std::string_view& rest, const Leniency& leniency) {
  while (const auto line = take_line(rest, leniency)) {
    const std::uint64_t size = std::strtoull(std::string(*line).c_str(), nullptr, 16);
    if (size == 0) {
      while (const auto trailer = take_line(rest, leniency)) {
        if (trailer->empty()) return true;
      }
      return false;
    }
    if (rest.size() < size) return false;
    rest.remove_prefix(size);
    const auto end = take_line(rest, leniency);
    if (!end) return false;
  }
  return false;
}

bool skip_body(const Head& head, std::string_view& rest, const Leniency& leniency) {
  const bool length_wins = leniency.framing != Leniency::Framing::chunked_wins && !head.lengths.empty();
  if (head.chunked && !length_wins) return skip_chunks(rest, leniency);
  if (head.lengths.empty()) return true;
  const std::uint64_t length =
      leniency.framing == Leniency::Framing::last_length_wins ? head.lengths.back() : head.lengths.front();
  if (rest.size() < length) return false;
  rest.remove_prefix(length);
  return true;
}

}  // namespace

Reading read_requests(std::string_view bytes, const Leniency& leniency) {
  Reading reading;
  while (!bytes.empty()) {
    std::string_view rest = bytes;
    const auto head = take_head(rest, leniency);
    if (!head || !skip_body(*head, rest, leniency)) break;
    reading.targets.push_back(head->target);
    bytes = rest;
  }
  reading.leftover = bytes;
  return reading;
}

const std::vector<Leniency>& all_leniencies() {
  static const std::vector<Leniency> all = [] {
    std::vector<Leniency> result;
    using Framing = Leniency::Framing;
    for (const Framing framing : {Framing::chunked_wins, Framing::first_length_wins, Framing::last_length_wins}) {
      for (unsigned bits = 0; bits < 16; ++bits) {
        result.push_back({framing, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0});
      }
    }
    return result;
  }();
  return all;
}

std::string to_string(const Leniency& leniency) {
  using Framing = Leniency::Framing;
  std::string text = leniency.framing == Framing::chunked_wins        ? "chunked wins"
                     : leniency.framing == Framing::first_length_wins ? "the first length wins"
                                                                      : "the last length wins";
  if (leniency.lf_ends_lines) text += ", LF ends lines";
  if (leniency.cr_ends_lines) text += ", CR ends lines";
  if (leniency.loose_names) text += ", loose names";
  if (leniency.loose_chunked) text += ", loose chunked";
  return text;
}

}  // namespace lastcall::test
