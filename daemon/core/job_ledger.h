// The jobs that are under way: work without a connection that a drain waits for, as it waits for requests (a message of a queue, an import).
// Somebody begins one under an id of its own, may renew its time by heartbeats, and ends it. One that outlives its own timeout is stuck:
// it is completed by force and told by name. Once the shutdown began no new one is taken. Pull-style on virtual time, bounded in number and
// in the length of names, since anybody in reach of the control socket may begin jobs. Supervisor process only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"

namespace lastcall::core {

struct Job {
  std::string id;
  std::string owner;      // who does it, for people; may be empty
  TimePoint began{};
  TimePoint heard{};      // its begin, or its last heartbeat
  Duration timeout{};     // without a word; never infinite
  TimePoint due() const { return after(heard, timeout); }
};

enum class JobRefusal : std::uint8_t {
  none,
  shutting_down,  // 409
  duplicate,      // 409: this id is under way
  bad_id,         // 400: empty, longer than kLongestJobName, or not printable ASCII without spaces, '/', '?', '#', '%'
  bad_owner,      // 400: longer than kLongestJobName, or with control characters
  bad_timeout,    // 400: zero, negative or infinite
  too_many,       // 429
};
std::string_view to_string(JobRefusal refusal);  // for people: "the shutdown has begun: no new jobs"

inline constexpr std::size_t kLongestJobName = 200;
inline constexpr std::size_t kMostJobs = 10'000;

class JobLedger {
 public:
  JobRefusal begin(std::string_view id, std::string_view owner, Duration timeout, TimePoint now);
  bool heartbeat(std::string_view id, TimePoint now);  // its timeout counts anew; false: no such job is under way
  bool end(std::string_view id);                       // false: no such job is under way (any more)

  void refuse_new();                 // the shutdown began: no new ones
  bool closed() const { return closed_; }
  std::size_t drop_all();            // the drain's deadline: what is under way is given up and told as dropped; the number

  void on_time(TimePoint now);       // whatever is due is stuck
  TimePoint deadline() const;        // when on_time() must be called next; kNever without a job

  // What became of those that did not end by themselves, oldest first, each once: for the log and the report.
  enum class Fate : std::uint8_t { stuck, dropped };
  struct Lost {
    Job job;
    Fate fate;
    TimePoint at;  // dropped: meaningless
  };
  std::optional<Lost> next_lost();

  std::size_t running() const { return jobs_.size(); }  // Facts::jobs
  std::uint64_t begun() const { return begun_; }        // ever
  std::uint64_t finished() const { return finished_; }  // by their own word
  std::uint64_t stuck() const { return stuck_; }
  std::uint64_t dropped() const { return dropped_; }
  std::vector<Job> list(std::size_t most) const;  // oldest first

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Jobs = std::unordered_map<std::string, Job, TextHash, std::equal_to<>>;
  void lose(const Job& job, Fate fate, TimePoint at);

  Jobs jobs_;
  std::deque<Lost> lost_;
  TimePoint next_due_ = kNever;  // never later than the earliest; a heartbeat leaves it too early, which costs one look
  bool closed_ = false;
  std::uint64_t begun_ = 0, finished_ = 0, stuck_ = 0, dropped_ = 0;
};

}  // namespace lastcall::core
