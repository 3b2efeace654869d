#include "control/control_plane.h"

#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "control/host_guard.h"
#include "control/routes.h"
#include "control/state_json.h"

namespace lastcall::control {
namespace {

constexpr Duration kTellEvery = milliseconds(250);  // a page that people watch looks alive, and 64 of them cost nothing
constexpr Duration kComplainEvery = seconds(10);
constexpr std::size_t kQuoted = 80;

}  // namespace

class ControlPlane::Admin final : public HttpHandler {
 public:
  Admin(io::Poller& poller, UniqueFd listener, View& view, EventHub& events, AdminPolicy policy)
      : view_(view), policy_(std::move(policy)), server_(poller, std::move(listener), *this) {
    add_admin_routes(router_, view, events, policy_.readyz);
  }

 private:
  std::optional<Peer> admit(int) override { return Peer{}; }
  void handle(const HttpRequest& request, Reply reply) override;

  View& view_;
  AdminPolicy policy_;
  Router router_{"here are / for people, /livez, /readyz, /metrics and /status"};
  TimePoint complain_at_{};  // not earlier again: a stranger must not fill our log
  HttpServer server_;
};

// Probes tell nothing that is worth hiding, and one that fails for the name that a load balancer gave it would take a sound service away.
void ControlPlane::Admin::handle(const HttpRequest& request, Reply reply) {
  const bool probe = request.path == "/livez" || request.path == "/readyz";
  if (probe || answers_to(request.host, policy_.names)) return router_.dispatch(request, reply);
  const std::string host = request.host.substr(0, kQuoted);
  if (view_.now() >= complain_at_) {
    complain_at_ = after(view_.now(), kComplainEvery);
    log_warn("admin_refused")("host", host)("path", request.path.substr(0, kQuoted))("why", "it is not a name of the admin port; see admin_host");
  }
  reply.send(error_response(421, fmt::format("the admin port does not answer to the name {}, as a page of that name could read it with your browser; ask by "
                                             "address or localhost, or allow the name: --admin-host {}", host, without_port(host))));
}

ControlPlane::ControlPlane(io::Loop& loop, View& view, Actions& actions)
    : loop_(loop), view_(view), events_(loop), tell_(loop, [this] { tell_state(); }) {
  add_state_routes(router_, view, events_);
  add_action_routes(router_, view, actions);
  add_job_routes(router_, view, actions);
  add_hook_routes(router_, view, actions);
}

ControlPlane::~ControlPlane() = default;

Status ControlPlane::make_poller() {
  if (!poller_) poller_ = TRY(io::Poller::open(loop_));
  return {};
}

Status ControlPlane::open_socket(ControlSocket socket) {
  TRY(make_poller());
  socket_.emplace(std::move(socket));
  server_ = std::make_unique<HttpServer>(*poller_, socket_->take_listener(), static_cast<HttpHandler&>(*this));
  log_debug("control_socket")("path", socket_->name());
  return {};
}

Status ControlPlane::open_admin(UniqueFd listener, AdminPolicy policy) {
  TRY(make_poller());
  admin_ = std::make_unique<Admin>(*poller_, std::move(listener), view_, events_, std::move(policy));
  return {};
}

bool ControlPlane::call_hook(std::string_view json) {
  events_.publish("hook", json);
  return events_.has_listeners();
}

std::optional<Peer> ControlPlane::admit(int connection) { return socket_->judge(connection); }

void ControlPlane::on_changed() {
  const core::Phase phase = view_.phase();
  const core::Phase before = std::exchange(told_phase_, phase);
  if (!events_.has_listeners()) return;
  if (before == phase) {
    if (!tell_.armed()) tell_.arm_at(std::max(loop_.now(), told_ + kTellEvery));
    return;
  }
  const std::string json = phase_json(view_.state());
  events_.publish("phase", json);
  if (before == core::Phase::starting && phase == core::Phase::serving) events_.publish("ready", json);
  tell_state();
}

void ControlPlane::tell_state() {
  if (!events_.has_listeners()) return;
  told_ = loop_.now();
  tell_.disarm();
  const StateView state = view_.state();
  events_.publish("state", state_json(state));
  if (state.ending() && state.phase != core::Phase::exiting) tell_.arm_after(seconds(1));  // ages and the time left go on by themselves
}

}  // namespace lastcall::control
