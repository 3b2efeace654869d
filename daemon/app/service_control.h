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
  void list_connections(std::function<void(control::ConnectionList)> answer) override;

  Status stop(const control::StopWish& wish) override;
  Status drain() override;
  Status undrain() override;
  Status report_ready() override;
  Status set_log_level(LogLevel level) override;
  Status stop_instance(std::uint32_t instance, bool kill) override;
  Status scale(std::uint32_t instances) override;

  bool drained_by_hand() const { return service_->phase() == core::Phase::lame_duck && !service_->ending(); }

  io::Loop& loop_;
  const config::Settings& settings_;
  std::string command_;
  std::string listen_;
  supervisor::Service* service_ = nullptr;
  core::Phase seen_ = core::Phase::starting;
  std::optional<TimePoint> drain_began_;
  std::vector<Duration> drains_;  // over; the oldest of many are forgotten
};

}  // namespace lastcall::app
