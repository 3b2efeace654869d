#include "proxy/session.h"

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

}  // namespace lastcall::proxy
