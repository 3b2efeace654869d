// What the people's plane sees of the service and does to it: control::View and control::Actions over supervisor::Service. Translates values,
// decides nothing but which wishes make no sense now. Composed in supervise(); supervisor process only.
#pragma once

#include "config/settings.h"
#include "control/control_plane.h"
#include "supervisor/service.h"

namespace lastcall::app {

class ServiceControl final : public control::View, public control::Actions {
 public:
  ServiceControl(io::Loop& loop, const config::Settings& settings, std::string listen);
  void watch(supervisor::Service& service) { service_ = &service; }  // before anything else

  void on_changed();  // the service's state may be another

 private:
  control::StateView state() override;
  core::Phase phase() override { return service_->phase(); }
  TimePoint now() override { return loop_.now(); }
  const core::JobLedger& jobs() override { return service_->jobs().ledger(); }
  void list_connections(std::function<void(control::ConnectionList)> answer) override;

  Status stop(const control::StopWish& wish) override;
  Status drain() override;
  Status undrain() override;
  Status report_ready(std::uint32_t instance) override;
  Status set_log_level(LogLevel level) override;
  void reopen_logs(std::function<void(const Status&)> answer) override;
  Status stop_instance(std::uint32_t instance, bool kill) override;
  Status scale(std::uint32_t instances) override;
  core::JobRefusal begin_job(const std::string& id, const std::string& owner, Duration timeout) override {
    return service_->jobs().begin(id, owner, timeout);
  }
  bool heartbeat_job(const std::string& id) override { return service_->jobs().heartbeat(id); }
  bool end_job(const std::string& id) override { return service_->jobs().end(id); }
  core::HookRefusal register_hook(core::HookEvent event, const std::string& name, Duration timeout, const control::Peer& who) override {
    return service_->hooks().register_hook(event, name, timeout, who.pid);
  }
  bool unregister_hook(const std::string& name) override { return service_->hooks().unregister(name); }
  bool answer_hook(const std::string& name, core::HookEnd end) override { return service_->hooks().answer(name, std::move(end)); }

  core::LiveGauges aged(core::LiveGauges live);
  std::string state_of(const supervisor::InstanceFacts& one) const;
  bool drained_by_hand() const { return service_->phase() == core::Phase::lame_duck && !service_->ending(); }

  io::Loop& loop_;
  const config::Settings& settings_;
  std::string command_;
  std::string listen_;
  supervisor::Service* service_ = nullptr;
  core::Phase seen_ = core::Phase::starting;
  core::LiveGauges reported_;
  TimePoint reported_at_{};
  std::optional<TimePoint> drain_began_;
  std::vector<Duration> drains_;  // over; the oldest of many are forgotten
};

}  // namespace lastcall::app
