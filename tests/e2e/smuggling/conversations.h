// Whole conversations of a client that wants to be taken for two: what it sends on one connection, the answers that it must get, and the
// requests that the child may see. Beside the single messages of tests/unit/proto/hostile_*.cc.
#pragma once

#include <span>
#include <string_view>

namespace lastcall::test {

struct Conversation {
  const char* name;
  std::string_view bytes;
  std::string_view statuses;  // "200 400"
  std::string_view targets;   // "/a /b"
};

std::span<const Conversation> conversations();

}  // namespace lastcall::test
