// A regular expression that a user wrote and lines that a child writes: POSIX extended, by bytes, anywhere in the line. Neither side may hang us, so
// back references are refused (the one feature that makes matching exponential) and only the first 4 KiB of a line are looked at.
// Compiled at load for its mistakes and again by whoever matches. A value; move only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lastcall {

class LinePattern {
 public:
  static constexpr std::size_t kLineLimit = 4096;     // bytes of a line that are looked at
  static constexpr std::size_t kPatternLimit = 1024;  // bytes of an expression

  // The error says what is wrong with the expression.
  static Result<LinePattern> compile(const std::string& expression);
  LinePattern(LinePattern&&) noexcept;
  LinePattern& operator=(LinePattern&&) noexcept;
  ~LinePattern();

  bool matches(std::string_view line) const;

 private:
  struct Compiled;
  explicit LinePattern(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace lastcall
