#include "proxy/access_log.h"

#include <algorithm>

#include "base/log.h"
#include "os/clock.h"

namespace lastcall::proxy {
namespace {

// Soon enough for whoever watches the file, rare enough to cost nothing.
constexpr Duration kFlushAfter = milliseconds(200);
constexpr Duration kLastPatience = milliseconds(200);
constexpr Duration kComplainEvery = seconds(10);

void keep_little(std::string& text) {
  text.clear();
  if (text.capacity() > 4096) text.shrink_to_fit();
}

std::optional<Duration> between(TimePoint from, TimePoint to) {
  return from == kNever || to == kNever ? std::nullopt : std::optional<Duration>(to - from);
}

}  // namespace

void AccessEntry::asks(TimePoint now, const UpstreamConnection& upstream) {
  asked = now;
  instance = upstream.lease.number();
  connecting = upstream.stream->connecting();
  connected = upstream.reused || connecting ? kNever : now;
  first_byte = kNever;
}

void AccessEntry::refused(std::uint16_t status_) {
  using proto::AccessOutcome;
  status = status_;
  note(status < 400 ? AccessOutcome::ok : status == 502 || status == 504 ? AccessOutcome::upstream_failed : AccessOutcome::refused);
}

AccessLog::AccessLog(io::Loop& loop, proto::CountersPage& counters, config::AccessLogFormat format, UniqueFd file)
    : loop_(loop), counters_(counters), format_(format), file_(std::move(file)), output_(file_.get()), timer_(loop, [this] { flush(); }) {
  buffer_.reserve(kFlushAt + proto::AccessLine::kMaxSize);
}

AccessLog::~AccessLog() {
  flush();
  if (stuck_) {  // a reader that is merely behind
    output_.wait(kLastPatience);
    flush();
  }
  drop(static_cast<std::uint64_t>(std::count(buffer_.begin(), buffer_.end(), '\n')));
  complain(true);
}

std::unique_ptr<AccessEntry> AccessLog::begin(TimePoint began) {
  std::unique_ptr<AccessEntry> entry;
  if (spare_.empty()) {
    entry = std::make_unique<AccessEntry>();
  } else {
    entry = std::move(spare_.back());
    spare_.pop_back();
  }
  entry->began = began;
  return entry;
}

void AccessLog::end(std::unique_ptr<AccessEntry> entry, std::string_view client, std::uint64_t sent, std::string_view phase) {
  using proto::AccessOutcome;
  const Duration duration = loop_.now() - entry->began;
  const AccessOutcome outcome = entry->outcome.value_or(AccessOutcome::client_gone);
  const bool unanswered = entry->status == 0 && !entry->received;
  const proto::AccessLine line{
      .unix_ms = os::unix_time_ms() - to_ms(duration),
      .client = client,
      .request = entry->request,
      .referer = entry->referer,
      .user_agent = entry->user_agent,
      .id = entry->id,
      .phase = phase,
      .bytes_sent = sent - entry->sent_before,
      .bytes_received = entry->received,
      .duration = duration,
      .connect = between(entry->asked, entry->connected),
      .first_byte = between(entry->asked, entry->first_byte),
      .in_flight = entry->in_flight,
      .instance = entry->instance,
      .status = unanswered ? std::uint16_t{499} : entry->status,  // nginx's number for a client that did not wait
      .outcome = outcome,
  };
  if (buffer_.size() + proto::AccessLine::kMaxSize > kMaxBuffered) {
    drop(1);
  } else if (format_ == config::AccessLogFormat::json) {
    append_json(buffer_, line);
  } else {
    append_combined(buffer_, line);
  }
  if (buffer_.size() >= kFlushAt && !stuck_) flush();
  if (!timer_.armed() && !buffer_.empty()) timer_.arm_after(kFlushAfter);

  if (spare_.size() >= kMaxSpare) return;
  for (std::string* text : {&entry->request, &entry->referer, &entry->user_agent, &entry->id}) keep_little(*text);
  entry->asked = entry->connected = entry->first_byte = kNever;
  entry->received.reset();
  entry->instance.reset();
  entry->outcome.reset();
  entry->status = 0;
  entry->connecting = false;
  spare_.push_back(std::move(entry));
}

// Whole lines at a time, and of a pipe no more than can't be torn apart by what the child writes to it.
void AccessLog::flush() {
  std::size_t done = 0;
  while (done < buffer_.size()) {
    std::string_view part = std::string_view(buffer_).substr(done);
    if (part.size() > output_.at_once()) part = part.substr(0, part.rfind('\n', output_.at_once() - 1) + 1);
    if (part.empty() || output_.put(part) != os::SharedOutput::Put::taken) break;
    done += part.size();
  }
  buffer_.erase(0, done);
  stuck_ = !buffer_.empty();
  timer_.disarm();
  if (stuck_) timer_.arm_after(kFlushAfter);
  complain(false);
}

// What the file before does not take is whole lines, but for one that the kernel has cut.
void AccessLog::reopen(UniqueFd file) {
  flush();
  if (output_.flush() != os::SharedOutput::Put::taken) drop(1);
  output_ = os::SharedOutput(file.get());
  file_ = std::move(file);
  flush();
}

void AccessLog::drop(std::uint64_t lines) {
  dropped_untold_ += lines;
  counters_.add(proto::Counter::access_log_dropped, lines);
}

void AccessLog::complain(bool last) {
  if (dropped_untold_ == 0 || (!last && loop_.now() < next_complaint_)) return;
  next_complaint_ = loop_.now() + kComplainEvery;
  log_warn("access_log_dropped")("lines", dropped_untold_)("why", "its file or pipe takes no more");
  dropped_untold_ = 0;
}

}  // namespace lastcall::proxy
