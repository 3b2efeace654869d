#include "supervisor/rotated_file.h"

#include "os/file_watch.h"
#include "os/pipe.h"

namespace lastcall::supervisor {
namespace {

// Whoever renamed it is about to create the next one, with the owner and the mode of its choice.
constexpr Duration kSettle = seconds(1);

// What can't be opened now may be possible later: a directory that is missing, a full table.
constexpr Duration kTryAgain = seconds(10);

}  // namespace

RotatedFile::RotatedFile(io::Loop& loop, std::string path, std::function<void()> on_moved)
    : loop_(loop), path_(std::move(path)), on_moved_(std::move(on_moved)), settled_(loop, [this] { look(); }) {}

void RotatedFile::watch(int file) {
  settled_.disarm();
  watch_.reset();
  auto events = os::watch_file(path_);
  auto copy = os::duplicate(file);
  if (!events || !copy) return;
  file_ = std::move(copy).value();
  events_ = std::move(events).value();
  watch_ = std::make_unique<io::FdWatch>(loop_, events_.get(), [this](int) {
    os::read_watch(events_.get());
    settled_.arm_after(kSettle);
  });
  watch_->start(io::FdWatch::readable);
}

void RotatedFile::look() {
  if (os::is_at(file_.get(), path_)) return;  // other rights, no other file
  settled_.arm_after(kTryAgain);
  on_moved_();
}

}  // namespace lastcall::supervisor
