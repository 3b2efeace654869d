#include "supervisor/liveness_probe.h"

#include <utility>

namespace lastcall::supervisor {

LivenessProbe::LivenessProbe(io::Loop& loop, ProcessTable& processes, const core::HealthOptions& options, ProbeQuestion question, Owner& owner)
    : loop_(loop),
      processes_(processes),
      question_(std::move(question)),
      owner_(owner),
      check_(options),
      timer_(loop, [this] { on_due(); }) {}

void LivenessProbe::start() {
  attempt_.reset();
  check_.on_ready(loop_.now());
  update();
}

void LivenessProbe::rest() {
  attempt_.reset();
  check_.on_rest();
  update();
}

void LivenessProbe::resumed() {
  attempt_.reset();
  check_.on_resumed(loop_.now());
  update();
}

void LivenessProbe::on_sign_of_life() {
  check_.on_sign_of_life(loop_.now());
  update();
}

void LivenessProbe::on_watchdog_changed(Duration watchdog) {
  check_.on_watchdog_changed(watchdog, loop_.now());
  update();
}

void LivenessProbe::on_watchdog_tripped() {
  check_.on_watchdog_tripped(loop_.now());
  update();
}

// Timers come before the sockets in a turn of the loop: what the child said in time may still lie there.
void LivenessProbe::on_due() {
  owner_.before_watchdog();
  check_.on_time(loop_.now());
  update();
}

void LivenessProbe::update() {
  const auto action = check_.next_action();
  timer_.arm_at(check_.deadline());
  if (!action) return;
  if (*action == core::HealthAction::ask)
    return void(attempt_.emplace(loop_, processes_, question_, [this](bool well, const std::string& answer) { on_answer(well, answer); }));
  attempt_.reset();
  owner_.on_not_alive(*action, last_answer_);
}

void LivenessProbe::on_answer(bool well, const std::string& answer) {
  last_answer_ = answer;
  check_.on_answer(well, loop_.now());
  if (!well) owner_.on_bad_answer(answer, check_.bad_answers());
  update();
}

}  // namespace lastcall::supervisor
