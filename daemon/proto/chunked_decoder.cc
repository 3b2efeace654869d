#include "proto/chunked_decoder.h"

#include <algorithm>

#include "proto/http1_request.h"
#include "proto/http_syntax.h"

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
    : extension_limit_(limits.chunk_extensions), trailer_limit_(limits.trailers) {}

void ChunkedDecoder::reset() {
  place_ = Place::size_first;
  digits_ = 0;
  left_ = 0;
  extension_bytes_ = trailer_bytes_ = 0;
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
    if (const char* why = take(data[at])) {
      place_ = Place::invalid;
      step.invalid = true;
      step.why = why;
      break;
    }
    ++at;
  }
  step.consumed = at;
  step.complete = place_ == Place::complete;
  return step;
}

const char* ChunkedDecoder::take(char c) {
  switch (place_) {
    case Place::size_first:
    case Place::size: return take_size(c);
    case Place::extension: return take_extension(c);
    case Place::size_lf:
      if (c != '\n') return "bare CR after a chunk size";
      place_ = left_ > 0 ? Place::data : Place::trailer_first;
      return nullptr;
    case Place::data_cr:
      if (c != '\r') return "chunk data longer than its size";
      place_ = Place::data_lf;
      return nullptr;
    case Place::data_lf:
      if (c != '\n') return "bare CR after chunk data";
      place_ = Place::size_first;
      return nullptr;
    case Place::invalid: return "chunked body is broken";
    default: return take_trailer(c);
  }
}

const char* ChunkedDecoder::take_size(char c) {
  if (place_ == Place::size_first) {
    place_ = Place::size;
    digits_ = 0;
    left_ = 0;
  }
  if (const int value = hex_value(c); value >= 0) {
    if (++digits_ > kMaxSizeDigits) return "chunk size too large";
    left_ = left_ * 16 + static_cast<std::uint64_t>(value);
    return nullptr;
  }
  if (digits_ == 0 || (c != '\r' && c != ';')) return "malformed chunk size";
  if (c == '\r') {
    place_ = Place::size_lf;
    return nullptr;
  }
  place_ = Place::extension;
  return take_extension(c);
}

const char* ChunkedDecoder::take_extension(char c) {
  if (c == '\r') {
    place_ = Place::size_lf;
    return nullptr;
  }
  if (!is_text(c)) return "control character in a chunk extension";
  return ++extension_bytes_ > extension_limit_ ? "chunk extensions too long" : nullptr;
}

const char* ChunkedDecoder::take_trailer(char c) {
  if (place_ == Place::last_lf) {
    if (c != '\n') return "bare CR after the last chunk";
    place_ = Place::complete;
    return nullptr;
  }
  if (place_ == Place::trailer_first && c == '\r') {
    place_ = Place::last_lf;
    return nullptr;
  }
  if (++trailer_bytes_ > trailer_limit_) return "trailers too large";
  switch (place_) {
    case Place::trailer_first:
      if (!kTokenChars.has(c)) return "malformed trailer";
      place_ = Place::trailer_name;
      return nullptr;
    case Place::trailer_name:
      if (c == ':') place_ = Place::trailer_value;
      return c == ':' || kTokenChars.has(c) ? nullptr : "malformed trailer";
    case Place::trailer_value:
      if (c == '\r') place_ = Place::trailer_lf;
      return c == '\r' || is_text(c) ? nullptr : "control character in a trailer";
    default:
      if (c != '\n') return "bare CR in a trailer";
      place_ = Place::trailer_first;
      return nullptr;
  }
}

}  // namespace lastcall::proto
