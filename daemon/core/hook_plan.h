// The hooks: what people want to be run at the turns of a service's life, in which order, and how much time each has. Every event has a
// queue of its own, in which one hook runs at a time: handlers registered at run time first, the last registered before the others, then the
// configured ones as they are written; at `cleanup` those, too, in reverse. However one ends, the next follows, and a queue never gets more
// time than it was given: where that is short, each waiting hook keeps its fair share. What happens again to a copy of the command before a
// hook had its turn is told once, as it is now: so queues are bounded. Runs nothing itself. Supervisor process only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace lastcall::core {

enum class HookEvent : std::uint8_t {
  started,   // a copy of the child is ready; each one, also after a restart
  draining,  // T0
  drained,   // nothing is in flight and every worker has sealed; before the child's stop signal
  cleanup,   // the child is gone
  forced,    // a deadline fired: "drain" or "kill"
  crashed,   // a copy of the child ended unasked; also where it is started again
  exit,      // the last: the exit code is decided
};
inline constexpr std::size_t kHookEventCount = 7;
std::string_view to_string(HookEvent event);
std::optional<HookEvent> parse_hook_event(std::string_view text);
Duration default_hook_timeout(HookEvent event);  // 5 s; 10 s for what empties buffers

// From the start of a copy of the command until it and all that it started is gone; the one after a restart is another.
struct CopyLife {
  std::uint32_t copy = 0;  // an id that is never used again
  std::uint64_t life = 0;
  bool operator==(const CopyLife&) const = default;
};

struct Hook {
  HookEvent on = HookEvent::started;
  std::string name;
  Duration timeout = seconds(5);
  bool registered = false;  // at run time, through the API,
  bool for_good = false;    // by somebody who belongs to no copy,
  std::vector<CopyLife> by = {};  // or by these, each of which may serve it
  bool operator==(const Hook&) const = default;
};

using HookId = std::uint32_t;  // ascending in the order of registration, never given twice

// How one run of a hook ended.
struct HookEnd {
  enum class Kind : std::uint8_t { done, failed, timed_out, skipped };
  Kind kind = Kind::done;
  std::string why = {};        // for people: "exit code 3", "HTTP 500", "no time was left"; empty where it is done
  std::uint64_t flushed = 0;   // what a drained hook says of its buffers
  std::uint64_t dropped = 0;
};
std::string_view to_string(HookEnd::Kind kind);

// What one turn of an event is about; empty where it concerns the service as a whole.
struct HookOccasion {
  std::string forced = {};                    // which deadline came: "drain", "kill"
  std::optional<std::uint32_t> copy = {};     // started, crashed: the number of the copy of the command
  int child_pid = 0;                          // of it
  std::uint64_t restarts = 0;                 // of it, before
  std::optional<int> exit_code = {};          // crashed: of it, as a shell shows it
  bool operator==(const HookOccasion&) const = default;
};

// One run, for the log and the report.
struct HookRecord {
  HookEvent on = HookEvent::started;
  std::string name;
  HookOccasion about = {};
  TimePoint began = kNever;     // kNever: it never began
  Duration took{0};
  HookEnd end;
};

struct HookStart {
  HookId id;
  HookOccasion about;
  TimePoint until;  // its timeout, or what the queue has left for it
};

enum class HookRefusal : std::uint8_t { none, bad_name, duplicate, bad_timeout, too_many, too_late };
std::string_view to_string(HookRefusal refusal);  // for people

inline constexpr std::size_t kLongestHookName = 200;
inline constexpr int kMostRegisteredHooks = 100;

class HookPlan {
 public:
  explicit HookPlan(std::vector<Hook> configured = {});

  // Once more with the same name and event: it is renewed, as a command that was started again knows nothing of the one before.
  // `by`: the copy that the registering process belongs to; nothing: none.
  HookRefusal register_hook(HookEvent on, std::string_view name, Duration timeout, std::optional<CopyLife> by = {});
  bool unregister(std::string_view name);  // unless it runs; false: there is none
  // What only copies registered of which none lives. They are dead to us, and who is still to be told of them in this stop hears so.
  std::vector<HookId> orphans(const std::function<bool(const CopyLife&)>& lives);
  void bury(HookId id, bool ending, TimePoint now);
  const Hook& hook(HookId id) const { return hooks_.at(id); }
  std::optional<HookId> running(std::string_view registered_name) const;  // the registered one of this name, while it runs

  // Its hooks are due; they have until `until`, all together. What waits for its turn with the same copy hears of this occasion instead.
  void begin(HookEvent event, const HookOccasion& about, TimePoint until);
  void skip(HookEvent event, std::string why, TimePoint now);  // they never run, or those that wait don't; who runs, runs on
  std::optional<HookStart> next_start(TimePoint now);          // to be run now; the caller tells on_end() once, whatever happens
  void on_end(HookId id, HookEnd end, TimePoint now);
  std::vector<HookId> running() const;
  std::optional<HookId> running(HookEvent event) const;

  // What the sequence waits for. Hooks that have yet to begin count, too, where an event comes once: drained, cleanup, exit.
  std::size_t left(HookEvent event) const;
  Duration wanted(HookEvent event) const;  // all their timeouts together
  std::size_t left_before_exit() const;  // cleanup, and whatever else is under way but the exit hooks

  std::optional<HookRecord> next_record();  // what ended since the last call, oldest first

 private:
  struct Queue {
    struct Waiting {
      HookId id;
      HookOccasion about;
    };
    std::deque<Waiting> waiting;
    std::optional<HookId> running;
    HookOccasion about;  // of the one that runs
    TimePoint until = kNever;
    TimePoint began{};  // of the one that runs
    bool over = false;  // it was begun or skipped once
  };
  Queue& queue_of(HookEvent event) { return queues_[static_cast<std::size_t>(event)]; }
  const Queue& queue_of(HookEvent event) const { return queues_[static_cast<std::size_t>(event)]; }
  std::vector<HookId> in_order(HookEvent event) const;
  TimePoint until(const Queue& queue, TimePoint now) const;

  std::map<HookId, Hook> hooks_;
  HookId next_id_ = 0;
  std::array<Queue, kHookEventCount> queues_;
  std::deque<HookRecord> records_;
};

}  // namespace lastcall::core
