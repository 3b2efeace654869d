#include "supervisor/log_switch.h"

#include <utility>

namespace lastcall::supervisor {
namespace {

constexpr Duration kLongest = seconds(1);  // a worker answers in the turn in which it reads the question

}  // namespace

void LogSwitch::await(std::uint64_t number, std::set<core::WorkerId> asked, Answer answer) {
  waiting_.push_back({.number = number, .missing = std::move(asked), .answer = std::move(answer)});
  timeout_.arm_after(kLongest);
  conclude(false);
}

// Its word on a later file is one on all before.
void LogSwitch::on_reopened(core::WorkerId worker, std::uint64_t number) {
  for (Waiting& each : waiting_)
    if (each.number <= number) each.missing.erase(worker);
  conclude(false);
}

void LogSwitch::on_worker_gone(core::WorkerId worker) {
  for (Waiting& each : waiting_) each.missing.erase(worker);
  conclude(false);
}

// Whoever is told may ask again at once: that is another question.
void LogSwitch::conclude(bool too_late) {
  std::vector<Waiting> all = std::exchange(waiting_, {}), over;
  for (Waiting& each : all) (too_late || each.missing.empty() ? over : waiting_).push_back(std::move(each));
  if (waiting_.empty()) timeout_.disarm();
  for (const Waiting& each : over) each.answer(each.missing.empty());
}

}  // namespace lastcall::supervisor
