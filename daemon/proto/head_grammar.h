// Splits the field lines of a head by llhttp's grammar, with all its leniences off. The start line is read by our own code, which
// knows the right status for each mistake and passes methods that llhttp 8.1 has never heard of; llhttp sees a fixed one in its place.
// One per parser; allocates once.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "proto/fault.h"
#include "proto/head_scanner.h"
#include "proto/http_head.h"

namespace lastcall::proto {

class HeadGrammar {
 public:
  explicit HeadGrammar(HeadScanner::Kind kind);
  ~HeadGrammar();

  // `lines`: every field line and the final CRLF. Fills name, value, line and id of each field.
  Fault split(std::string_view lines, std::size_t field_count, std::vector<Field>& fields);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lastcall::proto
