// How the fuzzers read their input: the first bytes choose splits and limits, the rest is the message. Shared by all of them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "message_events.h"

namespace lastcall::proto {

struct FuzzInput {
  std::uint8_t options = 0;
  std::uint8_t seed = 0;
  std::string_view bytes;

  FuzzInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return;
    options = data[0];
    seed = data[1];
    bytes = {reinterpret_cast<const char*>(data) + 2, size - 2};
  }
  // Small ones often, as random inputs never reach the real ones.
  HttpLimits limits() const {
    if ((options & 1) != 0) return {};
    return {.request_line = 32, .head = 128, .fields = 4, .chunk_extensions = 8, .trailers = 16, .body = 64};
  }
};

inline void expect_equal(const std::string& expected, const std::string& actual, const char* what) {
  if (expected == actual) return;
  std::fprintf(stderr, "%s differ\n--- expected\n%s\n--- actual\n%s\n", what, expected.c_str(), actual.c_str());
  std::abort();
}

inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

}  // namespace lastcall::proto
