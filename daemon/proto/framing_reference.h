// A second opinion on where a body ends: llhttp, with all its leniences off, reads the lines that say so and must come to the same
// conclusion as we. What two parsers read differently is what requests are smuggled through (G80, G84), so it is refused. Asked only
// where a message says anything about its framing. One per parser; allocates once.
#pragma once

#include <memory>
#include <vector>

#include "proto/fault.h"
#include "proto/http_head.h"
#include "proto/message_fields.h"

namespace lastcall::proto {

class FramingReference {
 public:
  enum class Kind : std::uint8_t { request, response };
  explicit FramingReference(Kind kind);
  ~FramingReference();

  // After our own judgement found nothing wrong.
  Fault confirm(const std::vector<Field>& fields, const FramingFields& ours);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lastcall::proto
