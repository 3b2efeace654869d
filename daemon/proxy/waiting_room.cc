#include "proxy/waiting_room.h"

#include <algorithm>

#include "proxy/session.h"

namespace lastcall::proxy {
namespace {

// A child that died is known to the supervisor within milliseconds.
constexpr Duration kTryAgain = milliseconds(200);

}  // namespace

void WaitingRoom::Guest::leave() {
  if (room_ == nullptr) return;
  (previous_ != nullptr ? previous_->next_ : room_->first_) = next_;
  (next_ != nullptr ? next_->previous_ : room_->last_) = previous_;
  previous_ = next_ = nullptr;
  --room_->size_;
  room_ = nullptr;
}

void WaitingRoom::Guest::reset() {
  leave();
  until_ = kNever;
}

WaitingRoom::WaitingRoom(WorkerContext& context) : context_(context), timer_(context.loop, [this] { on_time(); }) {
  // Deferred: whose request ended is still busy with its end.
  context_.instances->on_slot_free = [this] {
    if (first_ != nullptr) context_.loop.defer(*this);
  };
}

WaitingRoom::~WaitingRoom() {
  context_.instances->on_slot_free = nullptr;
  while (first_ != nullptr) first_->leave();
}

bool WaitingRoom::must_wait(bool admitted, Instances::Avoid avoid) const {
  const Instances& instances = *context_.instances;
  return !instances.any_free(avoid) || (!admitted && instances.limit() != 0 && first_ != nullptr);
}

bool WaitingRoom::enter(Guest& guest, Session& session, bool again) {
  if (!context_.instances->expected() || size_ >= context_.settings.max_waiting) return false;
  const TimePoint now = context_.now();
  if (guest.until_ == kNever) guest.until_ = after(now, context_.settings.start_wait);
  if (guest.until_ <= now) return false;
  guest.room_ = this;
  guest.session_ = &session;
  guest.try_at_ = again ? now + kTryAgain : now;
  // Whoever comes back stands where it would stand had it never left.
  Guest* before = last_;
  while (before != nullptr && before->until_ > guest.until_) before = before->previous_;
  guest.previous_ = before;
  guest.next_ = before != nullptr ? before->next_ : first_;
  (before != nullptr ? before->next_ : first_) = &guest;
  (guest.next_ != nullptr ? guest.next_->previous_ : last_) = &guest;
  ++size_;
  arm();
  return true;
}

void WaitingRoom::on_upstreams() {
  // Another child: no reason to pause.
  if (context_.instances->any_free())
    for (Guest* guest = first_; guest != nullptr; guest = guest->next_) guest->try_at_ = {};
  on_change();
}

void WaitingRoom::on_change() {
  if (!context_.instances->expected()) return turn_all_away(context_.leaving() ? "the server is shutting down" : "the server is not there");
  admit();
}

WaitingRoom::Guest* WaitingRoom::next_to_admit() const {
  if (!context_.instances->any_free()) return nullptr;
  for (Guest* guest = first_; guest != nullptr; guest = guest->next_)
    if (guest->try_at_ <= context_.now()) return guest;
  return nullptr;
}

// Who fails at once comes back with a pause, so this ends.
void WaitingRoom::admit() {
  while (Guest* guest = next_to_admit()) {
    guest->leave();
    guest->session_->on_admitted();
  }
  arm();
}

void WaitingRoom::turn_all_away(const char* why) {
  while (first_ != nullptr) {
    Guest& guest = *first_;
    guest.leave();
    guest.session_->on_turned_away(why);
  }
}

void WaitingRoom::on_time() {
  while (first_ != nullptr && first_->until_ <= context_.now()) {
    Guest& guest = *first_;
    guest.leave();
    guest.session_->on_turned_away("the server was not ready in time");
  }
  admit();
}

void WaitingRoom::arm() {
  if (first_ == nullptr) return timer_.disarm();
  TimePoint due = std::min(first_->until_, context_.instances->next_try());
  if (context_.instances->any_free())
    for (const Guest* guest = first_; guest != nullptr; guest = guest->next_) due = std::min(due, guest->try_at_);
  timer_.arm_at(due);
}

}  // namespace lastcall::proxy
