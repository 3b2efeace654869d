#include "proto/head_scanner.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "proto/http1_request.h"
#include "proto/http_syntax.h"

namespace lastcall::proto {
namespace {

// Old clients send one CRLF too many after a body; whoever sends more of them is not speaking HTTP.
constexpr std::size_t kMaxEmptyLines = 8;

constexpr std::string_view kResponseStart = "HTTP/1.";

}  // namespace

HeadScanner::HeadScanner(Kind kind, const HttpLimits& limits)
    : kind_(kind),
      start_line_limit_(kind == Kind::request ? std::min(limits.request_line + 2, limits.head) : SIZE_MAX),
      head_limit_(limits.head),
      field_limit_(limits.fields) {}

void HeadScanner::reset() {
  begin_ = fields_ = line_ = scanned_ = field_count_ = 0;
  begun_ = done_ = false;
}

Fault HeadScanner::scan(std::string_view data) {
  if (!begun_) {
    if (const Fault fault = scan_begin(data)) return fault;
    if (!begun_) return kNoFault;
  }
  while (scanned_ < data.size()) {
    const auto* lf = static_cast<const char*>(std::memchr(data.data() + scanned_, '\n', data.size() - scanned_));
    const std::size_t end = lf != nullptr ? static_cast<std::size_t>(lf - data.data()) + 1 : data.size();
    // Sizes before contents: a line is judged by its bytes only when it is whole, so the order must be that of arrival.
    if (const Fault fault = check_size(end, lf != nullptr)) return fault;
    scanned_ = end;
    if (lf == nullptr) return kNoFault;
    if (const Fault fault = take_line(data.substr(line_, end - line_))) return fault;
    line_ = end;
    if (done_) return kNoFault;
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

Fault HeadScanner::take_line(std::string_view line) {
  if (line.size() < 2 || line[line.size() - 2] != '\r') return {400, "bare LF"};
  const auto text = line.substr(0, line.size() - 2);
  if (has_control(text)) return {400, "control character in the head"};
  if (fields_ == 0) {
    fields_ = scanned_;
    return kNoFault;
  }
  if (text.empty()) {
    done_ = true;
    return kNoFault;
  }
  if (is_space(text.front())) return {400, "folded line (obs-fold)"};
  if (++field_count_ > field_limit_) return {431, "too many fields"};
  return kNoFault;
}

}  // namespace lastcall::proto
