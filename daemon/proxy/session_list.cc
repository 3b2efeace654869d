#include "proxy/session_list.h"

#include <vector>

#include "proxy/session.h"

namespace lastcall::proxy {

SessionList::~SessionList() {
  while (first_ != nullptr) retire(*first_);
  on_deferred();
}

void SessionList::add(std::unique_ptr<Session> session) {
  Session* added = session.release();
  added->next_ = first_;
  added->link_ = &first_;
  if (first_ != nullptr) first_->link_ = &added->next_;
  first_ = added;
  ++size_;
  ++counts_[static_cast<std::size_t>(added->kind_)];
  if (on_change) on_change(SessionKind::lingering, added->kind_);
}

void SessionList::unlink(Session& session) {
  *session.link_ = session.next_;
  if (session.next_ != nullptr) session.next_->link_ = session.link_;
  --size_;
}

void SessionList::retire(Session& session) {
  if (session.retired_) return;
  session.retired_ = true;
  unlink(session);
  --counts_[static_cast<std::size_t>(session.kind_)];
  session.next_ = retired_;
  retired_ = &session;
  loop_.defer(*this);
  if (on_change) on_change(session.kind_, SessionKind::lingering);
}

void SessionList::change_kind(SessionKind from, SessionKind to) {
  --counts_[static_cast<std::size_t>(from)];
  ++counts_[static_cast<std::size_t>(to)];
  if (on_change) on_change(from, to);
}

void SessionList::for_each(const std::function<void(Session&)>& visit) {
  // A visit may retire its neighbours, so the walk goes over a copy; retired sessions live until the end of the turn.
  std::vector<Session*> all;
  all.reserve(size_);
  for (Session* session = first_; session != nullptr; session = session->next_) all.push_back(session);
  for (Session* session : all)
    if (!session->retired_) visit(*session);
}

void SessionList::on_deferred() {
  while (retired_ != nullptr) {
    std::unique_ptr<Session> dead(retired_);
    retired_ = dead->next_;
  }
  if (on_retired) on_retired();
}

}  // namespace lastcall::proxy
