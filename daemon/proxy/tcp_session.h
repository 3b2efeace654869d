// A --tcp connection: bytes to the child and back. With bytes in the last two seconds it is finite work and has the whole drain; a
// quiet one is half-closed at the first chance once the service ends (decision 1). Connecting to the child starts at once, because
// many protocols let the server speak first.
#pragma once

#include "proxy/access_log.h"
#include "proxy/client_connection.h"
#include "proxy/session.h"
#include "proxy/tunnel.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {

class TcpSession final : public Session, private io::Deferred {
 public:
  TcpSession(WorkerContext& context, ClientConnection client);
  ~TcpSession() override;

  void start() override;
  void on_phase_change() override;
  void drop() override;
  void on_instance_closed() override;
  void on_admitted() override { if (!retired()) connect(true); }
  void on_turned_away(const char*) override { turn_away(); }
  Lease* lease() override { return tunnel_ ? &tunnel_->lease() : nullptr; }
  void describe(proto::ConnectionRow& row) const override;
  int client_descriptor() const override { return client_ ? client_->fd() : tunnel_ ? tunnel_->client().fd() : -1; }

 private:
  void on_stream(io::Stream& stream) override;
  void on_deferred() override { pump(); }
  void on_timer(TimePoint now) override;
  void connect(bool admitted);
  void wait_for_child();
  void child_not_reached();
  bool may_move() const;
  void connect_elsewhere();
  void turn_away(proto::AccessOutcome why = proto::AccessOutcome::refused);
  void pump();
  void note_traffic();
  void end_if_quiet();
  void note(proto::AccessOutcome outcome) { if (entry_) entry_->note(outcome); }
  void end_entry();

  std::unique_ptr<io::Stream> client_;  // until the tunnel exists
  std::unique_ptr<Tunnel> tunnel_;
  std::unique_ptr<WaitingRoom::Guest> guest_;  // if it ever waited
  std::unique_ptr<std::string> announcement_;  // the PROXY header for the child; null: none is sent
  std::unique_ptr<AccessEntry> entry_;  // null where there is no access log
  std::string peer_;                    // for it
  std::uint64_t moved_ = 0;
  TimePoint last_traffic_;
  TimePoint fin_deadline_ = kNever;
  TimePoint connect_deadline_ = kNever;
  TimePoint look_at_ = kNever;          // whether the connection still is on its way, and another would be better
};

}  // namespace lastcall::proxy
