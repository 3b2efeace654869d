// What is to be said at the start about a grace that is longer than the platform's own default (P73). A value among the settings, found by
// platform.h; no behaviour. Supervisor process only.
#pragma once

#include <string>

namespace lastcall::config {

struct GraceAdvice {
  bool certain = false;  // it will be cut; else only where the platform's limit was left as it is, which can't be seen from inside
  std::string text;      // for people: what the limit is, and what to do
  bool operator==(const GraceAdvice&) const = default;
};

}  // namespace lastcall::config
