#include "supervisor/output_sink.h"

#include <algorithm>
#include <climits>

namespace lastcall::supervisor {
namespace {

constexpr std::size_t kRoom = 256 * 1024;           // beyond it children wait
constexpr std::size_t kLimit = 8 * 1024 * 1024;     // what children leave behind at their end is taken beyond that, but not without end
constexpr std::size_t kWorthMoving = 64 * 1024;     // written bytes at the front of the queue

}  // namespace

OutputSink::OutputSink(io::Loop& loop, os::SharedOutput& output, std::function<void()> before_write, std::function<void()> on_room)
    : output_(output),
      before_write_(std::move(before_write)),
      on_room_(std::move(on_room)),
      room_(loop, output.fd(), [this] { on_room_again(); }),
      stuck_(loop, [this] {
        dropping_ = true;
        drop_queue();
        on_room_();
      }) {}

bool OutputSink::has_room() const { return dropping_ || gone_ || queue_.size() - head_ < kRoom; }

void OutputSink::add(std::string_view line) {
  if (dropping_ || gone_ || queue_.size() - head_ + line.size() > kLimit) return drop(line);
  queue_ += line;
}

// Whole lines, as many as a pipe takes in one piece (pipe(7): up to PIPE_BUF bytes never mix with what others write); a longer line alone.
std::string_view OutputSink::next_batch() const {
  const std::string_view rest = std::string_view(queue_).substr(head_);
  if (rest.size() <= PIPE_BUF) return rest;
  std::size_t newline = rest.substr(0, PIPE_BUF).rfind('\n');
  if (newline == rest.npos) newline = rest.find('\n');
  return newline == rest.npos ? rest : rest.substr(0, newline + 1);
}

void OutputSink::flush() {
  if (waiting_) return;
  while (head_ < queue_.size()) {
    if (before_write_) before_write_();
    const std::string_view batch = next_batch();
    const auto result = output_.put(batch);
    if (result == os::SharedOutput::Put::full) break;
    if (result == os::SharedOutput::Put::gone) {
      gone_ = true;
      return drop_queue();
    }
    if (result == os::SharedOutput::Put::failed) drop(batch);
    head_ += batch.size();
  }
  if (head_ == queue_.size() || head_ > kWorthMoving) {
    queue_.erase(0, head_);
    head_ = 0;
  }
  // Also for the rest of a line that the kernel cut.
  if (!queue_.empty() || output_.flush() == os::SharedOutput::Put::full) wait();
}

void OutputSink::wait() {
  waiting_ = true;
  room_.start();
  if (patience_ != kInfinite) stuck_.arm_after(patience_);
}

void OutputSink::on_room_again() {
  stuck_.disarm();
  waiting_ = dropping_ = false;
  flush();
  on_room_();
}

void OutputSink::set_patience(Duration patience) {
  patience_ = patience;
  if (waiting_ && !dropping_) stuck_.arm_after(patience);
}

void OutputSink::drop(std::string_view lines) {
  dropped_lines_ += static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(1, std::ranges::count(lines, '\n')));
  dropped_bytes_ += lines.size();
}

void OutputSink::drop_queue() {
  if (head_ < queue_.size()) drop(std::string_view(queue_).substr(head_));
  queue_.clear();
  head_ = 0;
}

}  // namespace lastcall::supervisor
