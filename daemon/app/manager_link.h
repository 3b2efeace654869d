// What systemd, or whoever set NOTIFY_SOCKET, hears of the service: how long the command may take to be ready, READY=1 once it is, STOPPING=1 at
// the stop, then once a second how far it is and that it needs more time (G147, P74), and WATCHDOG=1 where the unit asks for it. Nothing where
// the child was given the manager's socket itself (env.systemd): two who say READY=1 would be one too many. Supervisor process only.
#pragma once

#include "config/settings.h"
#include "io/callback_timer.h"
#include "os/service_manager.h"
#include "supervisor/service.h"

namespace lastcall::app {

class ManagerLink {
 public:
  ManagerLink(io::Loop& loop, const config::Settings& settings);
  void watch(supervisor::Service& service) { service_ = &service; }  // right after its construction
  void on_changed();

 private:
  void ask_for_start();
  void tell_progress();
  void keep_alive();

  io::Loop& loop_;
  os::ServiceManager manager_;
  supervisor::Service* service_ = nullptr;
  TimePoint start_asked_{};  // until then the manager waits for READY=1
  bool ready_told_ = false;
  bool stop_told_ = false;
  io::CallbackTimer progress_;
  io::CallbackTimer alive_;
};

}  // namespace lastcall::app
