// Where requests wait that can't go to the child yet: it starts again after a crash, refused the connection, or has as many requests as it may
// have at once (G11, G64). In order of arrival, bounded by count and time; whoever waits holds a read head, and nothing of its body is read
// meanwhile (G94). --tcp sessions wait here before they connect. It admits and turns away by telling the session, which does the rest; it
// sends nothing itself. One per worker; nothing here is touched by a request that needn't wait, but for one branch.
#pragma once

#include <cstdint>

#include "io/callback_timer.h"
#include "io/loop.h"
#include "proxy/instances.h"

namespace lastcall::proxy {

class Session;
struct WorkerContext;

class WaitingRoom final : private io::Deferred {
 public:
  // A place in the line; lies in what waits, and leaves with it.
  class Guest {
   public:
    Guest() = default;
    Guest(const Guest&) = delete;
    Guest& operator=(const Guest&) = delete;
    ~Guest() { leave(); }
    bool waits() const { return room_ != nullptr; }
    void leave();
    void reset();  // for what comes next: its time begins anew

   private:
    friend class WaitingRoom;
    WaitingRoom* room_ = nullptr;
    Session* session_ = nullptr;
    Guest* previous_ = nullptr;
    Guest* next_ = nullptr;
    TimePoint until_ = kNever;  // from the first time that it waits
    TimePoint try_at_{};
  };

  explicit WaitingRoom(WorkerContext& context);
  ~WaitingRoom() override;

  // `admitted`: its turn has come, so nobody in the line is before it.
  bool must_wait(bool admitted, Instances::Avoid avoid = {}) const;
  // False: nobody may wait (any more), or too many do. `again`: it broke at a child that may be dying, and is not sent to that before a
  // moment has passed, in which the supervisor may tell of another.
  bool enter(Guest& guest, Session& session, bool again);
  std::uint64_t size() const { return size_; }

  void on_upstreams();  // the supervisor told of other instances
  void on_change();     // one was sealed, or the service ends: admits who may go, and turns all away where nothing is to be waited for

 private:
  void on_deferred() override { admit(); }
  void on_time();
  void admit();
  void turn_all_away(const char* why);
  Guest* next_to_admit() const;
  void arm();

  WorkerContext& context_;
  io::CallbackTimer timer_;
  Guest* first_ = nullptr;
  Guest* last_ = nullptr;
  std::uint32_t size_ = 0;
};

}  // namespace lastcall::proxy
