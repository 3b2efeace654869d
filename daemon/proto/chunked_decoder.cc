#include "proto/chunked_decoder.h"

#include <algorithm>

#include "proto/http1_request.h"
#include "proto/http_syntax.h"
#include "proto/trailer_fields.h"

namespace lastcall::proto {
namespace {

constexpr std::uint8_t kMaxSizeDigits = 15;  // a chunk of 2^60 bytes: no overflow, and no endless leading zeros

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

ChunkedDecoder::ChunkedDecoder(const HttpLimits& limits)
    : extension_limit_(limits.chunk_extensions), trailer_limit_(limits.trailers), body_limit_(limits.body) {}

void ChunkedDecoder::reset(bool keep_trailers) {
  place_ = Place::size_first;
  digits_ = 0;
  left_ = 0;
  extension_bytes_ = trailer_bytes_ = 0;
  body_bytes_ = 0;
  keep_trailers_ = keep_trailers;
  trailers_.clear();
  trailer_line_ = 0;
}

BodyStep ChunkedDecoder::decode(std::string_view data, std::vector<std::string_view>& slices) {
  BodyStep step;
  std::size_t at = 0;
  while (at < data.size() && place_ != Place::complete) {
    if (place_ == Place::data) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size() - at));
      slices.push_back(data.substr(at, size));
      at += size;
      left_ -= size;
      if (left_ == 0) place_ = Place::data_cr;
      continue;
    }
    if (const Fault fault = take(data[at])) {
      place_ = Place::invalid;
      step.invalid = true;
      step.status = fault.status;
      step.why = fault.why;
      break;
    }
    ++at;
  }
  step.consumed = at;
  step.complete = place_ == Place::complete;
  if (step.complete) step.trailers = trailers_;
  return step;
}

Fault ChunkedDecoder::take(char c) {
  switch (place_) {
    case Place::size_first:
    case Place::size: return take_size(c);
    case Place::extension: return take_extension(c);
    case Place::size_lf:
      if (c != '\n') return {400, "bare CR after a chunk size"};
      place_ = left_ > 0 ? Place::data : Place::trailer_first;
      if (left_ > body_limit_ - body_bytes_) return {413, "request body too large"};
      body_bytes_ += left_;
      return kNoFault;
    case Place::data_cr:
      if (c != '\r') return {400, "chunk data longer than its size"};
      place_ = Place::data_lf;
      return kNoFault;
    case Place::data_lf:
      if (c != '\n') return {400, "bare CR after chunk data"};
      place_ = Place::size_first;
      return kNoFault;
    case Place::invalid: return {400, "chunked body is broken"};
    default: return take_trailer(c);
  }
}

Fault ChunkedDecoder::take_size(char c) {
  if (place_ == Place::size_first) {
    place_ = Place::size;
    digits_ = 0;
    left_ = 0;
  }
  if (const int value = hex_value(c); value >= 0) {
    if (++digits_ > kMaxSizeDigits) return {400, "chunk size too large"};
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    return kNoFault;
  }
  if (digits_ == 0 || (c != '\r' && c != ';')) return {400, "malformed chunk size"};
  if (c == '\r') {
    place_ = Place::size_lf;
    return kNoFault;
  }
  place_ = Place::extension;
  return take_extension(c);
}

Fault ChunkedDecoder::take_extension(char c) {
  if (c == '\r') {
    place_ = Place::size_lf;
    return kNoFault;
  }
  if (!is_text(c)) return {400, "control character in a chunk extension"};
  return ++extension_bytes_ > extension_limit_ ? Fault{400, "chunk extensions too long"} : kNoFault;
}

Fault ChunkedDecoder::take_trailer(char c) {
  if (place_ == Place::last_lf) {
    if (c != '\n') return {400, "bare CR after the last chunk"};
    place_ = Place::complete;
    return kNoFault;
  }
  if (place_ == Place::trailer_first && c == '\r') {
    place_ = Place::last_lf;
    return kNoFault;
  }
  if (++trailer_bytes_ > trailer_limit_) return {400, "trailers too large"};
  if (keep_trailers_) trailers_.push_back(c);
  return take_trailer_line(c);
}

Fault ChunkedDecoder::take_trailer_line(char c) {
  switch (place_) {
    case Place::trailer_first:
      if (!kTokenChars.has(c)) return {400, "malformed trailer"};
      place_ = Place::trailer_name;
      return kNoFault;
    case Place::trailer_name:
      if (c == ':') place_ = Place::trailer_value;
      return c == ':' || kTokenChars.has(c) ? kNoFault : Fault{400, "malformed trailer"};
    case Place::trailer_value:
      if (c == '\r') place_ = Place::trailer_lf;
      return c == '\r' || is_text(c) ? kNoFault : Fault{400, "control character in a trailer"};
    default:
      if (c != '\n') return {400, "bare CR in a trailer"};
      place_ = Place::trailer_first;
      if (keep_trailers_) judge_trailer();
      return kNoFault;
  }
}

void ChunkedDecoder::judge_trailer() {
  const auto line = std::string_view(trailers_).substr(trailer_line_);
  if (!may_be_trailer(line.substr(0, line.find(':')))) trailers_.resize(trailer_line_);
  trailer_line_ = trailers_.size();
}

}  // namespace lastcall::proto
