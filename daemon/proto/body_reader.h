// Reads one message's body by its framing, slices out; shared by both parsers. Remembers how much is still to come, no bytes.
#pragma once

#include <string_view>
#include <vector>

#include "proto/chunked_decoder.h"
#include "proto/http1_request.h"
#include "proto/http_head.h"

namespace lastcall::proto {

class BodyReader {
 public:
  explicit BodyReader(const HttpLimits& limits) : chunks_(limits) {}
  void begin(Framing framing, std::uint64_t length, bool keep_trailers = false);
  BodyStep read(std::string_view data, std::vector<std::string_view>& slices);
  BodyStep finish();  // the sender closed

 private:
  Framing framing_ = Framing::none;
  std::uint64_t left_ = 0;
  bool complete_ = true;
  ChunkedDecoder chunks_;
};

}  // namespace lastcall::proto
