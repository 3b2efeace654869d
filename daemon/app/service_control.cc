#include "app/service_control.h"

#include "base/log.h"

namespace lastcall::app {
namespace {

constexpr int kConflict = 409;          // HTTP statuses of Actions
constexpr std::size_t kDrains = 1000;   // a drain a minute for most of a day
constexpr std::size_t kCommand = 500;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  if (text.size() > kCommand) text.replace(kCommand, text.npos, "...");
  return text;
}

core::StopRequest request_of(const control::StopWish& wish) {
  core::StopRequest request;
  request.by_control = true;
  request.sender_pid = wish.who.pid;
  request.sender_uid = wish.who.uid;
  request.reason = wish.reason;
  return request;
}

}  // namespace

ServiceControl::ServiceControl(io::Loop& loop, const config::Settings& settings, std::string listen)
    : loop_(loop), settings_(settings), command_(joined(settings.command)), listen_(std::move(listen)) {}

// A drain begins with lame duck and is over when it is taken back or when the last stream has ended.
void ServiceControl::on_changed() {
  const core::Phase phase = service_->phase();
  if (phase == seen_) return;
  seen_ = phase;
  const bool drains = phase >= core::Phase::lame_duck && phase <= core::Phase::ending_streams;
  if (drains && !drain_began_) drain_began_ = loop_.now();
  if (drains || !drain_began_) return;
  if (drains_.size() == kDrains) drains_.erase(drains_.begin());
  drains_.push_back(loop_.now() - *drain_began_);
  drain_began_.reset();
}

control::StateView ServiceControl::state() {
  control::StateView view;
  view.record = &service_->record();
  view.now = loop_.now();
  view.phase = service_->phase();
  view.drained_by_hand = drained_by_hand();
  view.command = command_;
  view.listen = listen_;
  view.counters = service_->counters();
  view.drains = drains_;
  for (const supervisor::InstanceFacts& one : service_->instances()) {
    view.restarts += one.restarts;
    view.instances.push_back({.number = one.number,
                              .state = std::string(one.state),
                              .pid = one.pid,
                              .age_ms = one.started ? to_ms(view.now - *one.started) : 0,
                              .restarts = one.restarts,
                              .upstream = one.upstream});
  }
  return view;
}

void ServiceControl::list_connections(std::function<void(control::ConnectionList)> answer) { answer({}); }

Status ServiceControl::stop(const control::StopWish& wish) {
  if (!service_->ending() || !wish.now)
    service_->request_stop(request_of(wish), wish.exit_code);
  if (wish.now) service_->escalate();
  return {};
}

Status ServiceControl::drain() {
  if (service_->phase() == core::Phase::starting) return Error{kConflict, "the command is not ready yet: there is nothing to drain"};
  if (service_->ending()) return Error{kConflict, "the service is stopping already"};
  service_->drain();
  return {};
}

Status ServiceControl::undrain() {
  if (service_->ending()) return Error{kConflict, "the service is stopping; that can't be taken back"};
  if (drained_by_hand()) service_->undrain();
  return {};
}

Status ServiceControl::report_ready() { return Error{kConflict, "lastcall finds out by itself when this command is ready"}; }

Status ServiceControl::set_log_level(LogLevel level) {
  lastcall::set_log_level(level);
  service_->set_log_level(level);
  return {};
}

Status ServiceControl::stop_instance(std::uint32_t, bool) { return Error{kConflict, "there is only one instance; stop the service"}; }

Status ServiceControl::scale(std::uint32_t) { return Error{kConflict, "this service runs one instance"}; }

}  // namespace lastcall::app
