// Takes the chunked coding off a body (RFC 9112 section 7.1). Our own, as llhttp 8.1 has no bound on chunk extensions and trailers
// and takes white space where the RFC has none (G85); a fuzzer compares the two. Extensions and trailers are checked, counted and
// dropped. Remembers a few numbers between calls, no bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace lastcall::proto {

struct BodyStep;
struct HttpLimits;

class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(const HttpLimits& limits);
  void reset();
  BodyStep decode(std::string_view data, std::vector<std::string_view>& slices);

 private:
  enum class Place : std::uint8_t {
    size_first, size, extension, size_lf, data, data_cr, data_lf,
    trailer_first, trailer_name, trailer_value, trailer_lf, last_lf, complete, invalid,
  };
  const char* take(char c);  // one byte of framing; a text where it is wrong
  const char* take_size(char c);
  const char* take_extension(char c);
  const char* take_trailer(char c);

  const std::size_t extension_limit_;
  const std::size_t trailer_limit_;
  Place place_ = Place::size_first;
  std::uint8_t digits_ = 0;
  std::uint64_t left_ = 0;  // of the chunk
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
};

}  // namespace lastcall::proto
