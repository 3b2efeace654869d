// The people's plane as one object: the control socket with its API, the admin port, and the events that both tell. It looks at the service
// through View and acts on it through Actions, both of which app implements; whatever a peer does, it never makes the service wait. Composed by
// app after the child's environment knows the socket; supervisor process only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "control/control_socket.h"
#include "control/event_hub.h"
#include "control/http_server.h"
#include "control/plane.h"
#include "control/router.h"

namespace lastcall::control {

// What /readyz answers (G146).
struct ReadyzPolicy {
  bool ready_while_lame = false;  // a stop has begun, but clients are still accepted
  std::uint16_t failing = 503;
};

// What the admin port says, and to whom.
struct AdminPolicy {
  ReadyzPolicy readyz;
  std::vector<std::string> names;  // host_guard.h
};

class ControlPlane final : private HttpHandler {
 public:
  ControlPlane(io::Loop& loop, View& view, Actions& actions);
  ~ControlPlane() override;

  Status open_socket(ControlSocket socket);
  Status open_admin(UniqueFd listener, AdminPolicy policy);

  // Something of the state may have changed; cheap while nobody listens. Tells the new phase at once, everything else a few times a second.
  void on_changed();
  // The call of a registered hook; false: nobody listens who could hear it.
  bool call_hook(std::string_view json);

 private:
  class Admin;  // the admin port's own handler
  std::optional<Peer> admit(int connection) override;
  void handle(const HttpRequest& request, Reply reply) override { router_.dispatch(request, reply); }
  Status make_poller();
  void tell_state();

  io::Loop& loop_;
  View& view_;
  std::unique_ptr<io::Poller> poller_;  // once something is open
  EventHub events_;
  Router router_;
  std::optional<ControlSocket> socket_;
  std::unique_ptr<Admin> admin_;
  std::unique_ptr<HttpServer> server_;
  io::CallbackTimer tell_;
  TimePoint told_{};
  core::Phase told_phase_ = core::Phase::starting;
};

}  // namespace lastcall::control
