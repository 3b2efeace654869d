#include "proxy/session.h"

#include "proxy/linger.h"
#include "proxy/tunnel.h"

namespace lastcall::proxy {

Session::~Session() {
  if (!handed_over_) context_.count(proto::Counter::connections_closed);
}

void Session::set_kind(SessionKind kind) {
  if (kind == kind_) return;
  const SessionKind before = kind_;
  kind_ = kind;
  since_ = context_.now();
  if (Lease* held = lease()) held->follow(kind);
  if (!retired_) context_.sessions.change_kind(before, kind);
}

void Session::retire() {
  context_.loop.timers().disarm(*this);
  context_.sessions.retire(*this);
}

void Session::await_fin(const Tunnel& tunnel, TimePoint& deadline) {
  if (tunnel.ending()) return;  // has its deadline
  if (context_.leaving() && tunnel.only_client_fin_missing() && kind_ != SessionKind::lingering) {
    set_kind(SessionKind::lingering);
    deadline = kNever;
  }
  if (deadline != kNever) return;
  deadline = after(context_.now(), kind_ == SessionKind::lingering ? linger_times(context_).total : context_.settings.timeouts.fin);
  wake_by(deadline);
}

void Session::half_close(Tunnel& tunnel, TimePoint& deadline) {
  tunnel.end();
  set_kind(SessionKind::lingering);
  deadline = after(context_.now(), linger_times(context_).total);
  wake_by(deadline);
}

}  // namespace lastcall::proxy
