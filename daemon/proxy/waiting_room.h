// Where requests wait that can't go to the child yet: it starts again after a crash, refused the connection, or has as many requests as it may
// have at once (G11, G64). In order of arrival, bounded by count and time; whoever waits holds a read head, and nothing of its body is read
// meanwhile (G94). --tcp sessions wait here before they connect. It admits and turns away by telling the session, which does the rest; it
// sends nothing itself. One per worker; nothing here is touched by a request that needn't wait, but for one branch.
#pragma once

#include <cstdint>
#include <utility>

#include "io/callback_timer.h"
#include "io/loop.h"

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

  // One request at the child, from before its connection until after its answer, where there is a limit to them.
  class Slot {
   public:
    Slot() = default;
    explicit Slot(WaitingRoom* room) : room_(room) {}
    Slot(Slot&& other) noexcept : room_(std::exchange(other.room_, nullptr)) {}
    Slot& operator=(Slot&& other) noexcept {
      std::swap(room_, other.room_);
      return *this;
    }
    ~Slot() { release(); }
    void release() {
      if (room_ != nullptr) std::exchange(room_, nullptr)->on_slot_free();
    }

   private:
    WaitingRoom* room_ = nullptr;
  };

  explicit WaitingRoom(WorkerContext& context);
  ~WaitingRoom() override;

  bool must_wait() const { return !child_ready_ || (limit_ != 0 && (in_flight_ >= limit_ || first_ != nullptr)); }
  Slot take_slot();
  // False: nobody may wait (any more), or too many do. `again`: it has just failed at the child that is thought to be ready, so it is tried
  // again after a moment, in which the supervisor may tell of another.
  bool enter(Guest& guest, Session& session, bool again);
  std::uint64_t size() const { return size_; }
  bool child_expected() const { return child_expected_; }

  // The child serves, or will (`expected`). Admits or turns away.
  void on_child(bool ready, bool expected);
  void close(const char* why);  // for good

 private:
  void on_deferred() override { admit(); }
  void on_slot_free();
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
  std::uint32_t in_flight_ = 0;
  std::uint32_t limit_;  // 0: none
  bool child_ready_ = false;
  bool child_expected_ = false;
  bool closed_ = false;
};

}  // namespace lastcall::proxy
