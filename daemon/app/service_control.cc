#include "app/service_control.h"

#include <cerrno>

#include "base/log.h"
#include "core/child_lifecycle.h"

namespace lastcall::app {
namespace {

constexpr int kConflict = 409, kNotFound = 404;  // HTTP statuses of Actions
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

// What the service refuses makes no sense now; at another time it might.
Status conflict(Status status) {
  if (!status) return Error{status.error().code == ESRCH ? kNotFound : kConflict, status.error().message};
  return status;
}

}  // namespace

ServiceControl::ServiceControl(io::Loop& loop, const config::Settings& settings, std::string listen)
    : loop_(loop), settings_(settings), command_(joined(settings.command)), listen_(std::move(listen)) {}

// A drain begins with lame duck and is over when it is taken back or when the last stream has ended.
void ServiceControl::on_changed() {
  (void)aged(service_->record().live);
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

// A worker reports only what changes: a request that goes on gets older without a word.
core::LiveGauges ServiceControl::aged(core::LiveGauges live) {
  if (live != reported_) {
    reported_ = live;
    reported_at_ = loop_.now();
  }
  const bool told = service_->phase() >= core::Phase::lame_duck;  // before, nobody counts ages
  if (told && live.finite > 0) live.oldest_ms += static_cast<std::uint64_t>(to_ms(loop_.now() - reported_at_));
  return live;
}

// Once the service ends the keeper rests, and the phase says more.
std::string ServiceControl::state_of(const supervisor::InstanceFacts& one) const {
  if (one.state != to_string(core::ChildState::resting)) return std::string(one.state);
  if (one.pid == 0) return "ended";
  return service_->phase() < core::Phase::stopping ? "ready" : "stopping";
}

control::StateView ServiceControl::state() {
  control::StateView view;
  view.record = &service_->record();
  view.now = loop_.now();
  view.phase = service_->phase();
  view.live = aged(view.record->live);
  view.drained_by_hand = drained_by_hand();
  view.command = command_;
  view.listen = listen_;
  view.counters = service_->counters();
  view.drains = drains_;
  view.jobs = service_->jobs().ledger().running();
  for (const supervisor::InstanceFacts& one : service_->instances()) {
    view.restarts += one.restarts;
    view.instances.push_back({.number = one.number,
                              .state = state_of(one),
                              .pid = one.pid,
                              .age_ms = one.started ? to_ms(view.now - *one.started) : 0,
                              .restarts = one.restarts,
                              .upstream = one.upstream,
                              .status = one.status,
                              .requests = one.requests,
                              .streams = one.streams});
  }
  return view;
}

void ServiceControl::list_connections(std::function<void(control::ConnectionList)> answer) {
  service_->list_connections([answer = std::move(answer)](const supervisor::Connections& found) {
    control::ConnectionList list{.connections = {}, .complete = found.complete};
    for (const proto::ConnectionRow& row : found.rows)
      list.connections.push_back({.peer = row.peer_text(),
                                  .kind = std::string(proto::to_string(row.kind)),
                                  .state = std::string(proto::to_string(row.state)),
                                  .age_ms = static_cast<std::int64_t>(row.age_ms),
                                  .bytes_in = row.bytes_in,
                                  .bytes_out = row.bytes_out,
                                  .instance = row.instance == proto::ConnectionRow::kNoInstance ? std::nullopt : std::optional(row.instance),
                                  .request = row.request_text()});
    answer(list);
  });
}

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

Status ServiceControl::report_ready(std::uint32_t instance) { return conflict(service_->report_ready(instance)); }

Status ServiceControl::set_log_level(LogLevel level) {
  lastcall::set_log_level(level);
  service_->set_log_level(level);
  return {};
}

void ServiceControl::reopen_logs(std::function<void(const Status&)> answer) {
  service_->reopen_logs([answer = std::move(answer)](const Status& done) { answer(conflict(done)); });
}

Status ServiceControl::stop_instance(std::uint32_t instance, bool kill) {
  return conflict(kill ? service_->kill_instance(instance) : service_->stop_instance(instance));
}

Status ServiceControl::scale(std::uint32_t instances) { return conflict(service_->scale(instances)); }

}  // namespace lastcall::app
