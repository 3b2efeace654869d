#include "proto/head_scanner.h"

#include <algorithm>
#include <cstdint>

#include "proto/http1_request.h"
#include "proto/http_syntax.h"

namespace lastcall::proto {
namespace {

// Old clients send one CRLF too many after a body; whoever sends more of them is not speaking HTTP.
constexpr std::size_t kMaxEmptyLines = 8;

// Offsets are kept in 32 bits.
constexpr std::size_t kMaxHead = UINT32_MAX;

constexpr std::string_view kResponseStart = "HTTP/1.";

}  // namespace

HeadScanner::HeadScanner(Kind kind, const HttpLimits& limits)
    : kind_(kind),
      start_line_limit_(kind == Kind::request ? std::min(limits.request_line + 2, limits.head) : SIZE_MAX),
      head_limit_(std::min(limits.head, kMaxHead - 2 * kMaxEmptyLines)),
      field_limit_(limits.fields) {}

void HeadScanner::reset() {
  begin_ = fields_ = line_ = scanned_ = cr_ = 0;
  field_ends_.clear();
  control_ = begun_ = done_ = false;
}

// One pass finds the controls; text, of which nearly all of a head consists, is skipped in words.
Fault HeadScanner::scan(std::string_view data) {
  if (!begun_) {
    if (const Fault fault = scan_begin(data)) return fault;
    if (!begun_) return kNoFault;
  }
  while (true) {
    std::size_t at = find_control(data, scanned_);
    if (at == data.size()) break;
    // Nearly always a CR with its LF: taken at once.
    if (data[at] == '\r' && at + 1 < data.size() && data[at + 1] == '\n' && cr_ == 0) cr_ = ++at;
    scanned_ = at + 1;
    if (const Fault fault = take_control(data, at)) return fault;
    if (done_) return kNoFault;
  }
  scanned_ = data.size();
  return data.size() > line_ ? check_size(data.size(), false) : kNoFault;
}

// A line is judged by its bytes only when it is whole, and its size before them: so the order is that of arrival, whatever the split.
Fault HeadScanner::take_control(std::string_view data, std::size_t at) {
  if (data[at] == '\n') return take_line(data, at + 1);
  if (data[at] == '\r') {
    if (cr_ != 0) control_ = true;
    cr_ = at + 1;
  } else {
    control_ = true;
  }
  return kNoFault;
}

// The first bytes tell at once that this is not HTTP (a TLS handshake, say), without waiting for a line that may never end.
Fault HeadScanner::scan_begin(std::string_view data) {
  if (kind_ == Kind::response) {
    const std::size_t size = std::min(data.size(), kResponseStart.size());
    if (data.substr(0, size) != kResponseStart.substr(0, size)) return {502, "not an HTTP/1 status line"};
    begun_ = size == kResponseStart.size();
    return kNoFault;
  }
  while (begin_ < data.size() && data[begin_] == '\r') {
    if (begin_ + 1 == data.size()) return kNoFault;
    if (data[begin_ + 1] != '\n') return {400, "bare CR"};
    begin_ += 2;
    if (begin_ > 2 * kMaxEmptyLines) return {400, "too many empty lines before a request"};
  }
  if (begin_ == data.size()) return kNoFault;
  if (!kTokenChars.has(data[begin_])) return {400, "not an HTTP request line"};
  begun_ = true;
  line_ = scanned_ = begin_;
  return kNoFault;
}

Fault HeadScanner::check_size(std::size_t end, bool line_complete) const {
  const std::size_t at_least = line_complete ? end : end + 1;  // an LF is still to come
  if (fields_ == 0 && at_least - line_ > start_line_limit_) return {414, "request line too long"};
  if (at_least - begin_ > head_limit_) return {431, "head too large"};
  return kNoFault;
}

Fault HeadScanner::take_line(std::string_view data, std::size_t end) {
  if (const Fault fault = check_size(end, true)) return fault;
  if (cr_ != end - 1) return {400, "bare LF"};
  if (control_) return {400, "control character in the head"};
  const std::size_t size = end - line_ - 2;
  const char first = data[line_];
  line_ = end;
  cr_ = 0;
  if (fields_ == 0) {
    fields_ = end;
    return kNoFault;
  }
  if (size == 0) {
    done_ = true;
    return kNoFault;
  }
  if (is_space(first)) return {400, "folded line (obs-fold)"};
  if (field_ends_.size() == field_limit_) return {431, "too many fields"};
  field_ends_.push_back(static_cast<std::uint32_t>(end));
  return kNoFault;
}

}  // namespace lastcall::proto
