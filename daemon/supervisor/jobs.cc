#include "supervisor/jobs.h"

#include "base/log.h"

namespace lastcall::supervisor {

Jobs::Jobs(io::Loop& loop, LostObserver on_lost, std::function<void()> on_changed)
    : loop_(loop), on_lost_(std::move(on_lost)), on_changed_(std::move(on_changed)), due_(loop, [this] { look(); }) {}

core::JobRefusal Jobs::begin(std::string_view id, std::string_view owner, Duration timeout) {
  const core::JobRefusal refusal = ledger_.begin(id, owner, timeout, loop_.now());
  if (refusal != core::JobRefusal::none) return refusal;
  log_debug("job_began")("id", id)("owner", owner)("timeout_ms", to_ms(timeout));
  due_.arm_at(ledger_.deadline());
  on_changed_();
  return refusal;
}

bool Jobs::heartbeat(std::string_view id) { return ledger_.heartbeat(id, loop_.now()); }

bool Jobs::end(std::string_view id) {
  if (!ledger_.end(id)) return false;
  log_debug("job_ended")("id", id);
  due_.arm_at(ledger_.deadline());
  on_changed_();
  return true;
}

void Jobs::drop_all() {
  ledger_.drop_all();
  due_.disarm();
  tell_lost();
}

void Jobs::look() {
  ledger_.on_time(loop_.now());
  due_.arm_at(ledger_.deadline());
  tell_lost();
  on_changed_();
}

void Jobs::tell_lost() {
  while (const auto lost = ledger_.next_lost()) on_lost_(*lost);
}

}  // namespace lastcall::supervisor
