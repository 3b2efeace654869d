// Takes the chunked coding off a body (RFC 9112 section 7.1). Our own, as llhttp 8.1 has no bound on chunk extensions and trailers
// and takes white space where the RFC has none (G85); a fuzzer compares the two. Extensions are checked, counted and dropped, trailers
// too unless they are asked for. Remembers a few numbers between calls, and no bytes but such trailers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/fault.h"

namespace lastcall::proto {

struct BodyStep;
struct HttpLimits;

class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(const HttpLimits& limits);
  void reset(bool keep_trailers);
  BodyStep decode(std::string_view data, std::vector<std::string_view>& slices);

 private:
  enum class Place : std::uint8_t {
    size_first, size, extension, size_lf, data, data_cr, data_lf,
    trailer_first, trailer_name, trailer_value, trailer_lf, last_lf, complete, invalid,
  };
  Fault take(char c);  // one byte of framing
  Fault take_size(char c);
  Fault take_extension(char c);
  Fault take_trailer(char c);
  Fault take_trailer_line(char c);
  void judge_trailer();

  const std::size_t extension_limit_;
  const std::size_t trailer_limit_;
  const std::uint64_t body_limit_;
  Place place_ = Place::size_first;
  std::uint8_t digits_ = 0;
  std::uint64_t left_ = 0;  // of the chunk
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  bool keep_trailers_ = false;
  std::string trailers_;          // whole lines that may be passed on, and the one being read
  std::size_t trailer_line_ = 0;  // where that one begins
};

}  // namespace lastcall::proto
