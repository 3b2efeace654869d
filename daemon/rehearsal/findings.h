// The outcome of a rehearsal in words: one finding for each question, in a fixed order, with a stable name for machines, a verdict, one
// sentence about what was seen and, where something should change, one about what to do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastcall::rehearsal {

enum class Verdict : std::uint8_t { pass, note, warn, fail };
std::string_view to_string(Verdict verdict);

struct Finding {
  std::string name;  // "stop_signal": stable, docs/rehearse.schema.json lists them all
  Verdict verdict = Verdict::pass;
  std::string text;
  std::string advice = {};
};

struct Judgement {
  std::vector<Finding> findings;
  bool passed = false;
};

}  // namespace lastcall::rehearsal
