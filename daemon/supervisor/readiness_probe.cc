#include "supervisor/readiness_probe.h"

#include <algorithm>
#include <utility>

namespace lastcall::supervisor {
namespace {

constexpr Duration kFirstPause = milliseconds(5);  // a C server listens after a millisecond or two
constexpr Duration kLongestPause = milliseconds(100);

}  // namespace

ReadinessProbe::ReadinessProbe(io::Loop& loop, Options options, Owner& owner)
    : loop_(loop), options_(std::move(options)), owner_(owner), next_(loop, [this] { ask(); }), timeout_(loop, [this] {
        cancel();
        owner_.on_probe_timeout(last_answer_);
      }) {}

void ReadinessProbe::start() {
  running_ = true;
  pause_ = kFirstPause;
  timeout_.arm_after(options_.timeout);
  ask();
}

void ReadinessProbe::cancel() {
  running_ = false;
  attempt_.reset();
  next_.disarm();
  timeout_.disarm();
}

void ReadinessProbe::ask() {
  owner_.before_probe();
  attempt_.emplace(loop_, options_.question, [this](bool well, const std::string& answer) { on_answer(well, answer); });
}

void ReadinessProbe::on_answer(bool well, const std::string& answer) {
  last_answer_ = answer;
  if (well) {
    cancel();
    return owner_.on_probe_ready();
  }
  next_.arm_after(pause_);
  pause_ = std::min(pause_ * 3 / 2, kLongestPause);
}

}  // namespace lastcall::supervisor
