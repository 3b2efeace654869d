#include "supervisor/readiness_probe.h"

#include <algorithm>
#include <utility>

namespace lastcall::supervisor {
namespace {

struct Rhythm {
  Duration first;
  Duration longest;
};
constexpr Rhythm kSocketRhythm{milliseconds(5), milliseconds(100)};    // a C server listens after a millisecond or two
constexpr Rhythm kCommandRhythm{milliseconds(50), milliseconds(1000)}; // a process each time

constexpr int kMostExtensions = 10;  // a child that starts an hour long is told so by its ready.timeout, not by itself

const Rhythm& rhythm(const ProbeQuestion& question) { return question.command ? kCommandRhythm : kSocketRhythm; }

}  // namespace

ReadinessProbe::ReadinessProbe(io::Loop& loop, ProcessTable& processes, Options options, Owner& owner)
    : loop_(loop),
      processes_(processes),
      options_(std::move(options)),
      owner_(owner),
      next_(loop, [this] { ask(); }),
      timeout_(loop, [this] { on_timeout(); }) {}

void ReadinessProbe::start() {
  cancel();
  running_ = true;
  question_ = 0;
  word_said_ = options_.awaited_word.empty();
  last_answer_ = word_said_ ? "never tried" : "no " + options_.awaited_word;
  timeout_.arm_after(options_.timeout);
  latest_ = options_.timeout > kInfinite / kMostExtensions ? kNever : after(loop_.now(), options_.timeout * kMostExtensions);
  if (word_said_) go_on();
}

void ReadinessProbe::cancel() {
  running_ = false;
  attempt_.reset();
  next_.disarm();
  timeout_.disarm();
}

void ReadinessProbe::on_word() {
  if (running_ && !std::exchange(word_said_, true)) go_on();
}

void ReadinessProbe::note(const std::string& word) {
  if (running_ && !word_said_) last_answer_ = "no " + options_.awaited_word + "; " + word;
}

void ReadinessProbe::extend(Duration wanted) {
  if (running_ && timeout_.armed()) timeout_.arm_at(std::max(timeout_.due(), std::min(after(loop_.now(), wanted), latest_)));
}

void ReadinessProbe::go_on() {
  if (question_ == options_.questions.size()) {
    cancel();
    return owner_.on_probe_ready();
  }
  pause_ = rhythm(options_.questions[question_]).first;
  ask();
}

void ReadinessProbe::ask() {
  owner_.before_probe();
  attempt_.emplace(loop_, processes_, options_.questions[question_],
                   [this](bool well, const std::string& answer) { on_answer(well, answer); });
}

void ReadinessProbe::on_answer(bool well, const std::string& answer) {
  last_answer_ = answer;
  if (well) {
    ++question_;
    return go_on();
  }
  next_.arm_after(pause_);
  pause_ = std::min(pause_ * 3 / 2, rhythm(options_.questions[question_]).longest);
}

void ReadinessProbe::on_timeout() {
  cancel();
  owner_.on_probe_timeout(last_answer_);
}

}  // namespace lastcall::supervisor
