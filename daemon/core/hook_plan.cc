#include "core/hook_plan.h"

#include <algorithm>

namespace lastcall::core {
namespace {

constexpr std::array<std::string_view, kHookEventCount> kEvents{"started", "draining", "drained", "cleanup", "forced", "crashed", "exit"};

// It stands in the path of POST /v1/hooks/NAME/done as it is.
bool fits_into_a_path(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && static_cast<unsigned char>(c) < 0x7f && std::string_view("/?#%").find(c) == std::string_view::npos;
  });
}

void add_registrant(Hook& hook, const std::optional<CopyLife>& by) {
  if (!by)
    hook.for_good = true;
  else if (std::find(hook.by.begin(), hook.by.end(), *by) == hook.by.end())
    hook.by.push_back(*by);  // as many as copies live: the dead are taken out by orphans()
}

// These come once in a life, and the sequence waits for them.
bool awaited(HookEvent event) { return event == HookEvent::drained || event == HookEvent::cleanup || event == HookEvent::exit; }

}  // namespace

std::string_view to_string(HookEvent event) { return kEvents[static_cast<std::size_t>(event)]; }

std::optional<HookEvent> parse_hook_event(std::string_view text) {
  for (std::size_t i = 0; i < kEvents.size(); ++i)
    if (kEvents[i] == text) return static_cast<HookEvent>(i);
  return std::nullopt;
}

Duration default_hook_timeout(HookEvent event) { return event == HookEvent::drained ? seconds(10) : seconds(5); }

std::string_view to_string(HookEnd::Kind kind) {
  static constexpr std::array<std::string_view, 4> kNames{"done", "failed", "timed_out", "skipped"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(HookRefusal refusal) {
  switch (refusal) {
    case HookRefusal::none: return "";
    case HookRefusal::bad_name: return "a name has 1 to 200 printable ASCII characters, without spaces and / ? # %";
    case HookRefusal::duplicate: return "another hook has this name";
    case HookRefusal::bad_timeout: return "a timeout is a duration above zero, such as 5s";
    case HookRefusal::too_many: return "100 handlers are registered, which is the most";
    case HookRefusal::too_late: return "this event has been told already";
  }
  return "";
}

HookPlan::HookPlan(std::vector<Hook> configured) {
  for (Hook& hook : configured) hooks_.emplace(next_id_++, std::move(hook));
}

HookRefusal HookPlan::register_hook(HookEvent on, std::string_view name, Duration timeout, std::optional<CopyLife> by) {
  if (name.empty() || name.size() > kLongestHookName || !fits_into_a_path(name)) return HookRefusal::bad_name;
  if (timeout <= Duration::zero() || timeout == kInfinite) return HookRefusal::bad_timeout;
  const auto same = std::find_if(hooks_.begin(), hooks_.end(), [&](const auto& each) { return each.second.name == name; });
  if (same != hooks_.end()) {
    if (!same->second.registered || same->second.on != on) return HookRefusal::duplicate;
    same->second.timeout = timeout;
    add_registrant(same->second, by);
    return HookRefusal::none;
  }
  if (std::count_if(hooks_.begin(), hooks_.end(), [](const auto& each) { return each.second.registered; }) >= kMostRegisteredHooks)
    return HookRefusal::too_many;
  if (awaited(on) && queue_of(on).over) return HookRefusal::too_late;
  Hook& made = hooks_[next_id_++] = {.on = on, .name = std::string(name), .timeout = timeout, .registered = true};
  add_registrant(made, by);
  return HookRefusal::none;
}

bool HookPlan::unregister(std::string_view name) {
  const auto found = std::find_if(hooks_.begin(), hooks_.end(),
                                  [&](const auto& each) { return each.second.registered && each.second.name == name; });
  if (found == hooks_.end()) return false;
  Queue& queue = queue_of(found->second.on);
  if (queue.running == found->first) return false;
  std::erase_if(queue.waiting, [&](const Queue::Waiting& each) { return each.id == found->first; });
  hooks_.erase(found);
  return true;
}

std::vector<HookId> HookPlan::orphans(const std::function<bool(const CopyLife&)>& lives) {
  std::vector<HookId> found;
  for (auto& [id, hook] : hooks_) {
    std::erase_if(hook.by, [&](const CopyLife& each) { return !lives(each); });
    if (hook.registered && !hook.for_good && hook.by.empty()) found.push_back(id);
  }
  return found;
}

void HookPlan::bury(HookId id, bool ending, TimePoint now) {
  const Hook& hook = hooks_.at(id);
  Queue& queue = queue_of(hook.on);
  const HookEnd dead{.kind = HookEnd::Kind::failed, .why = "the copy of the command that registered it has ended"};
  const auto tell = [&](const HookOccasion& about) { records_.push_back({.on = hook.on, .name = hook.name, .about = about, .end = dead}); };
  on_end(id, dead, now);
  for (const Queue::Waiting& each : queue.waiting)
    if (each.id == id) tell(each.about);
  std::erase_if(queue.waiting, [&](const Queue::Waiting& each) { return each.id == id; });
  if (ending && awaited(hook.on) && !queue.over) tell({});
  hooks_.erase(id);
}

std::optional<HookId> HookPlan::running(std::string_view registered_name) const {
  for (const HookId id : running())
    if (hooks_.at(id).registered && hooks_.at(id).name == registered_name) return id;
  return std::nullopt;
}

std::vector<HookId> HookPlan::in_order(HookEvent event) const {
  std::vector<HookId> registered, configured;
  for (const auto& [id, hook] : hooks_)
    if (hook.on == event) (hook.registered ? registered : configured).push_back(id);
  std::reverse(registered.begin(), registered.end());
  if (event == HookEvent::cleanup) std::reverse(configured.begin(), configured.end());
  registered.insert(registered.end(), configured.begin(), configured.end());
  return registered;
}

void HookPlan::begin(HookEvent event, const HookOccasion& about, TimePoint until) {
  Queue& queue = queue_of(event);
  if (awaited(event) && queue.over) return;
  for (const HookId id : in_order(event)) {
    const auto same = std::find_if(queue.waiting.begin(), queue.waiting.end(), [&](const Queue::Waiting& each) {
      return each.id == id && each.about.copy == about.copy && each.about.forced == about.forced;
    });
    same == queue.waiting.end() ? (void)queue.waiting.push_back({id, about}) : (void)(same->about = about);
  }
  queue.until = until;
  queue.over = true;
}

void HookPlan::skip(HookEvent event, std::string why, TimePoint) {
  Queue& queue = queue_of(event);
  if (!queue.over) begin(event, {}, kNever);
  for (const auto& [id, about] : queue.waiting)
    records_.push_back({.on = event, .name = hooks_.at(id).name, .about = about, .end = {.kind = HookEnd::Kind::skipped, .why = why}});
  queue.waiting.clear();
}

// The whole timeout where the queue's time suffices for all; else at least an equal part of what is left.
TimePoint HookPlan::until(const Queue& queue, TimePoint now) const {
  const Duration wanted = hooks_.at(queue.waiting.front().id).timeout;
  if (queue.until == kNever) return after(now, wanted);
  const Duration left = std::max(queue.until - now, Duration::zero());
  Duration others{0};
  for (const Queue::Waiting& each : queue.waiting) others += hooks_.at(each.id).timeout;
  others -= wanted;
  const Duration share = left / static_cast<Duration::rep>(queue.waiting.size());
  return now + std::min(wanted, std::max(share, left - others));
}

std::optional<HookStart> HookPlan::next_start(TimePoint now) {
  for (Queue& queue : queues_) {
    if (queue.running || queue.waiting.empty()) continue;
    const HookId id = queue.waiting.front().id;
    if (now >= queue.until) {
      skip(hooks_.at(id).on, "no time was left", now);
      continue;
    }
    const TimePoint end = until(queue, now);
    queue.about = std::move(queue.waiting.front().about);
    queue.waiting.pop_front();
    queue.running = id;
    queue.began = now;
    return HookStart{id, queue.about, end};
  }
  return std::nullopt;
}

void HookPlan::on_end(HookId id, HookEnd end, TimePoint now) {
  Queue& queue = queue_of(hooks_.at(id).on);
  if (queue.running != id) return;
  queue.running.reset();
  records_.push_back({.on = hooks_.at(id).on, .name = hooks_.at(id).name, .about = queue.about, .began = queue.began,
                      .took = now - queue.began, .end = std::move(end)});
}

std::vector<HookId> HookPlan::running() const {
  std::vector<HookId> ids;
  for (const Queue& queue : queues_)
    if (queue.running) ids.push_back(*queue.running);
  return ids;
}

std::optional<HookId> HookPlan::running(HookEvent event) const { return queue_of(event).running; }

std::size_t HookPlan::left(HookEvent event) const {
  const Queue& queue = queue_of(event);
  if (awaited(event) && !queue.over) return in_order(event).size();
  return queue.waiting.size() + (queue.running ? 1 : 0);
}

Duration HookPlan::wanted(HookEvent event) const {
  Duration sum{0};
  for (const auto& [id, hook] : hooks_)
    if (hook.on == event) sum += hook.timeout;
  return sum;
}

std::size_t HookPlan::left_before_exit() const {
  std::size_t count = left(HookEvent::cleanup);
  for (const HookEvent event : {HookEvent::started, HookEvent::draining, HookEvent::forced, HookEvent::crashed}) count += left(event);
  if (queue_of(HookEvent::drained).over) count += left(HookEvent::drained);  // cut off by the child's own end, they may still run
  return count;
}

std::optional<HookRecord> HookPlan::next_record() {
  if (records_.empty()) return std::nullopt;
  HookRecord record = std::move(records_.front());
  records_.pop_front();
  return record;
}

}  // namespace lastcall::core
