#include "supervisor/kinship.h"

#include <unistd.h>

namespace lastcall::supervisor {

void Kinship::descend_from(int main) {
  main_ = main;
  known_.clear();
}

void Kinship::remember(const std::vector<os::Process>& own) {
  for (const os::Process& process : own) known_.insert(os::identity(process));
}

// An environment is looked at only where nothing else tells: of orphans, who are children of ours now.
bool Kinship::is_own(const os::Process& process) const {
  if (main_ != 0 && (process.pid == main_ || process.group == main_ || process.parent == main_)) return true;
  if (known_.contains(os::identity(process))) return true;
  return !mark_.empty() && process.parent == ::getpid() && os::has_variable(process.pid, mark_);
}

std::unordered_set<int> Kinship::own_pids(const std::vector<os::Process>& found) const {
  std::unordered_set<int> own;
  for (const os::Process& process : found)
    if (is_own(process)) own.insert(process.pid);
  for (bool more = true; more;) {
    more = false;
    for (const os::Process& process : found)
      if (own.contains(process.parent) && own.insert(process.pid).second) more = true;
  }
  return own;
}

void Kinship::keep_own(std::vector<os::Process>& found) const {
  const std::unordered_set<int> own = own_pids(found);
  std::erase_if(found, [&](const os::Process& process) { return !own.contains(process.pid); });
}

void Kinship::leave_others(std::vector<os::Process>& found) const {
  const std::unordered_set<int> own = own_pids(found);
  std::erase_if(found, [&](const os::Process& process) { return own.contains(process.pid); });
}

}  // namespace lastcall::supervisor
