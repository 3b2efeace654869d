#include "supervisor/command_output.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "os/pipe.h"

namespace lastcall::supervisor {
namespace {

constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kMostLogged = 16 * 1024;  // of one stream; people read the beginning, and a flood must not drown the others' lines
constexpr std::size_t kMostLines = 200;         // of it; each costs a line of ours around it
constexpr std::size_t kPipe = 64 * 1024;        // what a pipe holds: what a command that has ended can have left in it

}  // namespace

CommandOutput::CommandOutput(io::Loop& loop, UniqueFd reading, std::string name, std::string_view stream, std::size_t keep)
    : reading_(std::move(reading)), name_(std::move(name)), stream_(stream), keep_(keep), watch_(loop, reading_.get(), [this](int) {
        if (!read_once()) watch_.stop();
      }) {
  watch_.start(io::FdWatch::readable);
}

bool CommandOutput::read_once() {
  std::array<char, 16 * 1024> bytes;
  const std::ptrdiff_t size = os::read_some(reading_.get(), bytes);
  if (size > 0) take({bytes.data(), static_cast<std::size_t>(size)});
  return size != 0;
}

// Not to the end of the file: a process that it left behind may hold the pipe open, and write into it, for ever.
void CommandOutput::finish() {
  watch_.stop();
  std::array<char, 16 * 1024> bytes;
  for (std::size_t total = 0; total < kPipe;) {
    const std::ptrdiff_t size = os::read_some(reading_.get(), bytes);
    if (size <= 0) break;
    total += static_cast<std::size_t>(size);
    take({bytes.data(), static_cast<std::size_t>(size)});
  }
  if (!line_.empty()) log_line();
}

void CommandOutput::take(std::string_view bytes) {
  const std::size_t room = keep_ - kept_.size();
  kept_ += bytes.substr(0, room);
  cut_ = cut_ || bytes.size() > room;
  if (!name_.empty()) log_lines(bytes);
}

void CommandOutput::log_lines(std::string_view bytes) {
  while (!bytes.empty() && !logged_enough()) {
    const std::size_t end = bytes.find('\n');
    const std::size_t size = std::min({end, bytes.size(), kLongestLine - line_.size()});
    line_ += bytes.substr(0, size);
    bytes.remove_prefix(size);
    const bool ended = bytes.starts_with('\n');
    if (ended) bytes.remove_prefix(1);
    if (ended || line_.size() == kLongestLine) log_line();
  }
}

bool CommandOutput::logged_enough() const { return logged_ >= kMostLogged || lines_ >= kMostLines; }

void CommandOutput::log_line() {
  log_info("command_output")("name", name_)("stream", stream_)("line", line_);
  logged_ += line_.size() + 1;
  ++lines_;
  line_.clear();
  if (logged_enough()) log_warn("command_output_cut")("name", name_)("stream", stream_)("after_bytes", logged_);
}

}  // namespace lastcall::supervisor
