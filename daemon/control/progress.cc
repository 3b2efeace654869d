#include "control/progress.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"
#include "base/people_text.h"
#include "control/live_line.h"

namespace lastcall::control {
namespace {

constexpr Duration kLogInterval = seconds(1);
constexpr Duration kLiveInterval = milliseconds(200);  // tenths of seconds look alive; the bytes are few

std::string phase_words(core::Phase phase) {
  switch (phase) {
    case core::Phase::lame_duck: return "still accepting";
    case core::Phase::draining: return "draining";
    case core::Phase::ending_streams: return "ending streams";
    case core::Phase::emptying: return "writing buffers away";
    case core::Phase::sealing:
    case core::Phase::stopping: return "waiting for the child";
    case core::Phase::killing: return "killing the child";
    case core::Phase::flushing: return "flushing";
    case core::Phase::leaving: return "leaving";
    default: return std::string(core::to_string(phase));
  }
}

// Tenths are enough here, and a steady width is calmer than an exact number.
std::string tenths(Duration value) {
  if (value >= seconds(60)) return people_duration(value);
  const std::int64_t ms = std::max<std::int64_t>(to_ms(value), 0);
  return fmt::format("{}.{} s", ms / 1000, ms % 1000 / 100);
}

std::string whole_seconds_left(Duration left) {
  if (left == kInfinite) return "";
  if (left >= seconds(60)) return people_duration(left) + " left";
  return fmt::format("{} s left", std::max<std::int64_t>(0, duration_cast<seconds>(left).count()));
}

// How much of the grace was used, for who wants to know that.
std::string of_all(const ProgressFacts& facts) {
  const Duration all = facts.since_t0 + facts.grace_left;
  return all >= seconds(60) ? " of " + people_duration(all) : fmt::format(" of {} s", duration_cast<seconds>(all).count());
}

// The parts of a line in order, dropped from the highest `weight` on until the rest fits.
struct Part {
  std::string text;
  int weight;
  std::string longer = {};  // what follows it where there is room for everything
};

std::vector<Part> what_is_left(const ProgressFacts& facts) {
  std::vector<Part> parts;
  if (facts.jobs > 0) {
    std::string names;
    for (const std::string& name : facts.job_names) names += (names.empty() ? " (" : ", ") + name;
    if (facts.jobs > facts.job_names.size()) names += ", ...";
    parts.push_back({counted(facts.jobs, "job"), 1});
    if (!names.empty() && !facts.job_names.empty()) parts.back().longer = names + ")";
  }
  if (!facts.proxied) return parts;
  if (facts.left.finite > 0) {
    parts.push_back({counted(facts.left.finite, "request"), 1});
    parts.push_back({"oldest " + tenths(milliseconds(facts.left.oldest_ms)), 3});
  }
  if (facts.left.streams > 0) parts.push_back({counted(facts.left.streams, "stream"), 4});
  if (facts.left.idle > 0) parts.push_back({fmt::format("{} idle", facts.left.idle), 5});
  return parts;
}

constexpr int kEverything = 6;

std::string join(const std::string& head, const std::vector<Part>& parts, int up_to) {
  std::string line = head;
  const char* separator = ": ";
  for (const Part& part : parts) {
    if (part.weight > up_to) continue;
    line += separator + part.text;
    if (up_to == kEverything) line += part.longer;
    separator = ", ";
  }
  return line;
}

std::string hint(const ProgressFacts& facts, const LiveStyle& style) {
  if (!style.interrupt_hint || facts.escalated > 1) return "";
  return facts.escalated == 0 ? "Ctrl-C again to end it now" : "Ctrl-C again to kill";
}

}  // namespace

std::optional<ProgressFacts> progress_facts(const core::ShutdownRecord& record, TimePoint now) {
  if (!record.t0 || record.ended || record.phases.empty()) return std::nullopt;
  const core::Phase phase = record.phases.back().phase;
  if (phase == core::Phase::exiting) return std::nullopt;
  ProgressFacts facts;
  facts.phase = phase;
  facts.proxied = record.proxied;
  facts.left = record.live;
  facts.jobs = record.jobs.running;
  for (const core::Job& job : record.jobs.oldest) facts.job_names.push_back(job.id);
  facts.since_t0 = now - *record.t0;
  facts.escalated = record.request.escalated;
  if (record.deadlines.exit != kNever) facts.grace_left = std::max(record.deadlines.exit - now, Duration::zero());
  return facts;
}

std::string render_live_line(const ProgressFacts& facts, const LiveStyle& style) {
  std::vector<Part> parts = what_is_left(facts);
  if (const std::string left = whole_seconds_left(facts.grace_left); !left.empty()) parts.push_back({left, 0, of_all(facts)});
  const std::string call = hint(facts, style);
  const std::size_t room = style.width > 1 ? static_cast<std::size_t>(style.width) - 1 : 0;

  std::string line;
  bool with_hint = !call.empty();
  for (int up_to = kEverything; up_to >= 0; --up_to) {
    line = join(phase_words(facts.phase), parts, up_to);
    if (line.size() + (with_hint ? call.size() + 2 : 0) <= room) break;
    // The hint outlives everything but the number of requests: it is the only part that one can act on.
    if (up_to == 1 && with_hint) {
      with_hint = false;
      up_to = kEverything + 1;
    }
  }
  line = line.substr(0, room);
  if (!with_hint) return line;
  return line + (style.color ? "  \033[2m" + call + "\033[0m" : "  " + call);
}

void log_draining(const ProgressFacts& facts) {
  auto line = log_info("draining");
  line("t0_ms", to_ms(facts.since_t0))("phase", core::to_string(facts.phase));
  if (facts.proxied) {
    line("finite", facts.left.finite)("streams", facts.left.streams)("idle", facts.left.idle);
    line("oldest_ms", facts.left.oldest_ms);
  }
  if (facts.jobs > 0) line("jobs", facts.jobs)("oldest_job", facts.job_names.empty() ? "" : facts.job_names.front());
  if (facts.grace_left != kInfinite) line("left_ms", to_ms(facts.grace_left));
}

// While nothing begins or ends, no census comes; the oldest request grows older all the same.
void Progress::age(ProgressFacts& facts, TimePoint now) {
  if (seen_ != facts.left) {
    seen_ = facts.left;
    seen_at_ = now;
  }
  if (facts.left.finite > 0) facts.left.oldest_ms += static_cast<std::uint64_t>(to_ms(now - seen_at_));
}

void Progress::on_time(const core::ShutdownRecord& record, TimePoint now) {
  std::optional<ProgressFacts> facts = progress_facts(record, now);
  if (!facts) return end();
  age(*facts, now);
  if (live_) {
    show_live_line(render_live_line(*facts, style_));
    next_ = now + kLiveInterval;
    return;
  }
  // Once a second counted from T0, not from the last line: a late call does not shift the ones after it. T0 itself has its own lines.
  if (next_ == kNever) next_ = *record.t0 + kLogInterval;
  if (now < next_) return;
  log_draining(*facts);
  next_ = *record.t0 + kLogInterval * (facts->since_t0 / kLogInterval + 1);
}

void Progress::end() {
  if (live_) show_live_line("");
  next_ = kNever;
}

}  // namespace lastcall::control
