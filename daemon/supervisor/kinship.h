// Which processes below us belong to one copy of the child, where there are several: its main process, whoever has it among the ancestors,
// its process group, whoever carries its mark in the environment, and whoever was seen to belong to it while main lived. What a process that
// threw all of that away started belongs to no copy, and is left alone until the whole service ends. Owned by the copy's process; looks into
// /proc, signals nobody. Supervisor process only.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "os/process_tree.h"

namespace lastcall::supervisor {

class Kinship {
 public:
  explicit Kinship(std::string mark) : mark_(std::move(mark)) {}

  void descend_from(int main);  // a new main process; of the one before nothing is remembered
  void remember(const std::vector<os::Process>& own);
  void keep_own(std::vector<os::Process>& found) const;  // `found`: with all that stands between us and each of them
  void leave_others(std::vector<os::Process>& found) const;

 private:
  std::unordered_set<int> own_pids(const std::vector<os::Process>& found) const;
  bool is_own(const os::Process& process) const;

  std::string mark_;  // "LASTCALL_COPY=1234.0"
  int main_ = 0;
  std::unordered_set<std::uint64_t> known_;
};

}  // namespace lastcall::supervisor
