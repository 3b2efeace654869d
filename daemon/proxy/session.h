// One client connection in a worker, whatever protocol it speaks: its place in the list, its kind, its one timer. Owned by the
// SessionList; ends itself by retire(). The timer is lazy: a session only says when it next wants to look at its deadlines.
#pragma once

#include <memory>

#include "core/timer_queue.h"
#include "io/stream.h"
#include "proxy/instances.h"
#include "proto/connection_list.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

class Tunnel;

class Session : protected core::Timer, protected io::StreamOwner {
 public:
  explicit Session(WorkerContext& context, SessionKind kind) : context_(context), since_(context.now()), kind_(kind) {}
  ~Session() override;

  SessionKind kind() const { return kind_; }
  bool retired() const { return retired_; }
  // Start of what it is doing now: connection, request or stream. For the age of the oldest request.
  TimePoint since() const { return since_; }

  virtual void start() = 0;              // right after it was added to the list: data may already wait
  virtual void on_phase_change() = 0;    // phase, seal, end of streams or finish: look at everything again
  virtual void drop() = 0;               // the last deadline: count what is lost, reset, retire
  virtual void on_instance_closed() {}   // one takes no more requests: who has sent it nothing yet may go to another
  virtual void on_admitted() {}          // from the waiting room: its turn has come
  virtual void on_turned_away(const char* /*why*/) {}  // it has not, and won't
  virtual TimePoint idle_since() const { return kNever; }  // kNever: has work, or ends already
  virtual void let_go() {}               // others need its place; asked only of who is idle
  virtual Lease* lease() { return nullptr; }  // what it has at an instance of the child, which follows its kind
  virtual void describe(proto::ConnectionRow& /*row*/) const {}  // for people: bytes, state, request
  virtual int client_descriptor() const = 0;  // for TCP_INFO; -1 if there is none

 protected:
  void set_kind(SessionKind kind);
  void retire();
  void wake_at(TimePoint due) { context_.loop.timers().arm(*this, due); }
  // Earlier of the two: keeps an armed, nearer deadline.
  void wake_by(TimePoint due) { if (!armed() || due < this->due()) wake_at(due); }
  // A tunnel that is half closed: `deadline`, where it has none, becomes the time of the FIN that is missing (G26). While ending, one of
  // which only the client's is missing counts as lingering.
  void await_fin(const Tunnel& tunnel, TimePoint& deadline);
  // Both ends get their FIN (G73); who does not answer it is waited for until `deadline`.
  void half_close(Tunnel& tunnel, TimePoint& deadline);

  WorkerContext& context_;
  TimePoint since_;
  bool handed_over_ = false;  // the connection lives on in another session

 private:
  friend class SessionList;
  Session* next_ = nullptr;
  Session** link_ = nullptr;
  SessionKind kind_;
  bool retired_ = false;
};

}  // namespace lastcall::proxy
