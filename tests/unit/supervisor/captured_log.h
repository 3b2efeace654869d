// What is logged while one of these lives, by line, instead of on standard error.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace lastcall::test {

class CapturedLog {
 public:
  CapturedLog() {
    lines().clear();
    configure_log({.process = {}, .writer = [](std::string_view line) { lines().emplace_back(line); }});
  }
  ~CapturedLog() { configure_log({}); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  static std::vector<std::string>& lines() {  // writers are plain functions
    static std::vector<std::string> all;
    return all;
  }
  static long count(std::string_view part) {
    return std::ranges::count_if(lines(), [&](const std::string& line) { return line.find(part) != line.npos; });
  }
};

}  // namespace lastcall::test
