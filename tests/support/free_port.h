// A loopback TCP port that nobody uses: below the range of outgoing connections, and locked by the same abstract socket that lastcall
// locks its children's ports with (decision 10), so that neither parallel tests nor lastcall itself take it. Held as long as the object.
#pragma once

#include <cstdint>
#include <string>

#include "support/fd.h"

namespace lastcall::test {

class FreePort {
 public:
  FreePort();
  std::uint16_t number() const { return number_; }
  std::string text() const { return std::to_string(number_); }
  std::string address() const { return "127.0.0.1:" + text(); }

 private:
  std::uint16_t number_ = 0;
  Fd lock_;
};

}  // namespace lastcall::test
