#include "supervisor/process_table.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "os/process_tree.h"

namespace lastcall::supervisor {

ProcessTable::Watch& ProcessTable::Watch::operator=(Watch&& other) noexcept {
  Watch taken(std::move(other));
  swap(taken);
  return *this;
}

ProcessTable::Watch::~Watch() {
  if (table_ != nullptr) table_->forget(pid_, entry_);
}

void ProcessTable::Watch::swap(Watch& other) noexcept {
  std::swap(table_, other.table_);
  std::swap(pid_, other.pid_);
  std::swap(entry_, other.entry_);
}

ProcessTable::ProcessTable(io::Loop& loop, AfterPass after_pass) : loop_(loop), after_pass_(std::move(after_pass)) {}

ProcessTable::Watch ProcessTable::watch(int pid, Side side, OnEnd on_end) {
  entries_.insert_or_assign(pid, Entry{next_, side, std::move(on_end)});
  return Watch(*this, pid, next_++);
}

// Ours it remains until it was collected: only its end is nobody's business any more.
void ProcessTable::forget(int pid, std::uint64_t entry) {
  for (auto* entries : {&entries_, &ended_})
    if (const auto found = entries->find(pid); found != entries->end() && found->second.number == entry) found->second.on_end = nullptr;
}

void ProcessTable::reap() {
  std::vector<os::Reaped> collected;
  // All out of the table first: what a watcher starts in its answer may get a number of this very pass.
  const std::size_t count = os::reap(os::kReapLimit, [&](const os::Reaped& reaped) {
    strangers_.erase(reaped.pid);
    ended_.insert(entries_.extract(reaped.pid));
    collected.push_back(reaped);
  });
  if (count == os::kReapLimit) loop_.defer(*this);  // the rest after everybody else had a turn (P20)
  for (const os::Reaped& reaped : collected)
    if (const auto entry = ended_.find(reaped.pid); entry != ended_.end())
      if (const OnEnd tell = std::exchange(entry->second.on_end, nullptr)) tell(reaped.status);
  ended_.clear();
  if (count > 0) after_pass_(collected);
}

void ProcessTable::note_strangers() {
  if (std::exchange(strangers_noted_, true)) return;
  for (const os::Process& process : os::descendants({}))
    if (!entries_.contains(process.pid)) strangers_.emplace(process.pid, process.start_time);
}

void ProcessTable::disown(const os::Process& process) { strangers_.insert_or_assign(process.pid, process.start_time); }

// Ours alone, beside the marks of copies ("1234.0") and those of a lastcall around us.
std::string ProcessTable::new_mark() {
  return marks_.emplace_back(fmt::format("LASTCALL_COPY={}.run{}", ::getpid(), next_mark_++));
}

void ProcessTable::forget_mark(const std::string& mark) { std::erase(marks_, mark); }

bool ProcessTable::any_own() const {
  return std::ranges::any_of(entries_, [](const auto& each) { return each.second.side == Side::own; });
}

std::vector<int> ProcessTable::not_the_childs() const {
  std::vector<int> all;
  for (const auto& [pid, start_time] : strangers_)
    if (const auto now = os::read_process(pid); now && now->start_time == start_time) all.push_back(pid);
  for (const auto& [pid, entry] : entries_)
    if (entry.side == Side::own) all.push_back(pid);
  if (marks_.empty()) return all;
  for (const os::Process& each : os::descendants({})) {
    const auto has = [&](const std::string& mark) { return os::has_variable(each.pid, mark); };
    if (each.parent == ::getpid() && !entries_.contains(each.pid) && std::ranges::any_of(marks_, has)) all.push_back(each.pid);
  }
  return all;
}

}  // namespace lastcall::supervisor
