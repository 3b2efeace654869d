#include "core/job_ledger.h"

#include <algorithm>

namespace lastcall::core {
namespace {

bool printable(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

// An id stands in the path of DELETE /v1/jobs/ID as it is.
bool fits_into_a_path(std::string_view id) {
  return std::all_of(id.begin(), id.end(), [](char c) {
    return c > ' ' && static_cast<unsigned char>(c) < 0x7f && std::string_view("/?#%").find(c) == std::string_view::npos;
  });
}

bool older(const Job& a, const Job& b) { return a.began != b.began ? a.began < b.began : a.id < b.id; }

}  // namespace

std::string_view to_string(JobRefusal refusal) {
  switch (refusal) {
    case JobRefusal::none: return "";
    case JobRefusal::shutting_down: return "the shutdown has begun: no new jobs";
    case JobRefusal::duplicate: return "a job of this id is under way";
    case JobRefusal::bad_id: return "an id has 1 to 200 printable ASCII characters, without spaces and / ? # %";
    case JobRefusal::bad_owner: return "an owner has at most 200 characters, without control characters";
    case JobRefusal::bad_timeout: return "a timeout is a duration above zero, such as 60s";
    case JobRefusal::too_many: return "10000 jobs are under way, which is the most";
  }
  return "";
}

JobRefusal JobLedger::begin(std::string_view id, std::string_view owner, Duration timeout, TimePoint now) {
  if (id.empty() || id.size() > kLongestJobName || !fits_into_a_path(id)) return JobRefusal::bad_id;
  if (owner.size() > kLongestJobName || !std::all_of(owner.begin(), owner.end(), printable)) return JobRefusal::bad_owner;
  if (timeout <= Duration::zero() || timeout == kInfinite) return JobRefusal::bad_timeout;
  if (closed_) return JobRefusal::shutting_down;
  if (jobs_.contains(id)) return JobRefusal::duplicate;
  if (jobs_.size() >= kMostJobs) return JobRefusal::too_many;
  Job job{.id = std::string(id), .owner = std::string(owner), .began = now, .heard = now, .timeout = timeout};
  next_due_ = std::min(next_due_, job.due());
  ++begun_;
  jobs_.emplace(std::string(id), std::move(job));
  return JobRefusal::none;
}

bool JobLedger::heartbeat(std::string_view id, TimePoint now) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return false;
  found->second.heard = now;
  return true;
}

bool JobLedger::end(std::string_view id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return false;
  jobs_.erase(found);
  ++finished_;
  return true;
}

void JobLedger::refuse_new() { closed_ = true; }

void JobLedger::lose(const Job& job, Fate fate, TimePoint at) {
  ++(fate == Fate::stuck ? stuck_ : dropped_);
  lost_.push_back({job, fate, at});
}

std::size_t JobLedger::drop_all() {
  const std::size_t count = jobs_.size();
  for (const Job& job : list(count)) lose(job, Fate::dropped, {});
  jobs_.clear();
  return count;
}

void JobLedger::on_time(TimePoint now) {
  if (now < next_due_) return;
  std::vector<Job> due;
  for (const auto& [id, job] : jobs_)
    if (job.due() <= now) due.push_back(job);
  std::sort(due.begin(), due.end(), older);
  for (const Job& job : due) {
    lose(job, Fate::stuck, now);
    jobs_.erase(job.id);
  }
  next_due_ = kNever;
  for (const auto& [id, job] : jobs_) next_due_ = std::min(next_due_, job.due());
}

TimePoint JobLedger::deadline() const { return jobs_.empty() ? kNever : next_due_; }

std::optional<JobLedger::Lost> JobLedger::next_lost() {
  if (lost_.empty()) return std::nullopt;
  Lost lost = std::move(lost_.front());
  lost_.pop_front();
  return lost;
}

std::vector<Job> JobLedger::list(std::size_t most) const {
  std::vector<Job> jobs;
  for (const auto& [id, job] : jobs_) jobs.push_back(job);
  std::sort(jobs.begin(), jobs.end(), older);
  if (jobs.size() > most) jobs.resize(most);
  return jobs;
}

}  // namespace lastcall::core
