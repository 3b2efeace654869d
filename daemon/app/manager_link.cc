#include "app/manager_link.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

namespace lastcall::app {
namespace {

constexpr Duration kProgress = seconds(1);

// Longer than the next message takes to come, also from a machine that stands still for a moment.
constexpr Duration kExtension = seconds(5);

os::ServiceManager find_manager(const config::Settings& settings) {
  if (settings.child.env.systemd) return {};
  const auto value = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string_view(text == nullptr ? "" : text);
  };
  return {value("NOTIFY_SOCKET"), value("WATCHDOG_USEC"), value("WATCHDOG_PID")};
}

}  // namespace

ManagerLink::ManagerLink(io::Loop& loop, const config::Settings& settings)
    : loop_(loop),
      manager_(find_manager(settings)),
      progress_(loop, [this] { tell_progress(); }),
      alive_(loop, [this] { keep_alive(); }) {
  if (manager_.watchdog()) keep_alive();
}

void ManagerLink::on_changed() {
  if (!manager_.present() || service_ == nullptr) return;
  if (service_->phase() == core::Phase::starting) ask_for_start();
  if (!ready_told_ && service_->phase() == core::Phase::serving) {
    ready_told_ = true;
    manager_.tell("READY=1\nSTATUS=serving");
  }
  if (stop_told_ || !service_->ending()) return;
  stop_told_ = true;
  manager_.tell("STOPPING=1");
  tell_progress();
}

// As long as ready.timeout allows, or the command asked for (EXTEND_TIMEOUT_USEC), whatever the unit's TimeoutStartSec. Not for a command that
// failed and was started again: a start that never ends is the manager's to judge.
void ManagerLink::ask_for_start() {
  TimePoint latest{};
  for (const supervisor::InstanceFacts& copy : service_->instances())
    if (copy.restarts == 0 && copy.ready_deadline != kNever) latest = std::max(latest, copy.ready_deadline);
  if (latest <= start_asked_) return;
  start_asked_ = latest;
  manager_.tell(fmt::format("EXTEND_TIMEOUT_USEC={}\nSTATUS=starting", duration_cast<microseconds>(latest - loop_.now() + kExtension).count()));
}

// Never promised beyond what the grace allows: who hangs is the manager's to kill.
void ManagerLink::tell_progress() {
  const core::ShutdownRecord& record = service_->record();
  const Duration left = record.deadlines.exit == kNever ? kInfinite : std::max(Duration::zero(), record.deadlines.exit - loop_.now());
  const Duration extension = left < kExtension ? left + seconds(1) : kExtension;
  manager_.tell(fmt::format("EXTEND_TIMEOUT_USEC={}\nSTATUS={}: {} requests, {} streams, {} idle connections",
                            duration_cast<microseconds>(extension).count(), core::to_string(service_->phase()), record.live.finite,
                            record.live.streams, record.live.idle));
  if (left > Duration::zero()) progress_.arm_after(kProgress);
}

void ManagerLink::keep_alive() {
  manager_.tell("WATCHDOG=1");
  alive_.arm_after(*manager_.watchdog() / 2);  // sd_watchdog_enabled(3): every half of the time
}

}  // namespace lastcall::app
