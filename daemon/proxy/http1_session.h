// A client connection that speaks HTTP/1.x: reads one request at a time (G79), carries it to the child and the answer back, keeps or
// closes the connection as both sides and the phase ask, and becomes a tunnel after 101. Time and policy are in http1_session.cc;
// the movement of one exchange's bytes is in http1_request_flow.cc and http1_response_flow.cc, and what happens while the child is away in
// http1_waiting.cc. Owned by the SessionList of its worker.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "proxy/access_log.h"
#include "proxy/client_connection.h"
#include "proxy/exchange.h"
#include "proxy/session.h"
#include "proxy/tunnel.h"

namespace lastcall::proxy {

class Http1Session final : public Session, private io::Deferred {
 public:
  Http1Session(WorkerContext& context, ClientConnection client);
  ~Http1Session() override;

  void start() override;
  void on_phase_change() override;
  void drop() override;
  void on_admitted() override;
  void on_turned_away(const char* why) override;
  TimePoint idle_since() const override { return state_ == State::between && kind() == SessionKind::idle ? idle_since_ : kNever; }
  void on_instance_closed() override;
  void let_go() override { let_go_if_idle(true); }
  Lease* lease() override { return tunnel_ ? &tunnel_->lease() : exchange_ && exchange_->upstream ? &exchange_->upstream->lease : nullptr; }
  void describe(proto::ConnectionRow& row) const override;
  int client_descriptor() const override { return client_ ? client_->fd() : tunnel_ ? tunnel_->client().fd() : -1; }

 private:
  struct Reach {  // of the child: which connection will do
    bool fresh_only = false;
    bool admitted = false;      // from the waiting room
    Instances::Avoid avoid{};   // what has just failed
  };
  enum class State : std::uint8_t { between, exchanging, tunnelling, lingering };

  // http1_session.cc: events, time, the end of connections.
  void on_stream(io::Stream& stream) override;
  void on_deferred() override { advance(); }
  void on_timer(TimePoint now) override;
  TimePoint next_deadline() const;
  TimePoint body_deadline() const;
  void advance();
  bool exchange_runs() const { return !retired() && state_ == State::exchanging && !exchange_->response_complete; }
  void note_idle();
  void check_slow_client();
  void let_go_if_idle(bool hurry);
  void begin_linger();
  void linger();
  void end_stream();
  void client_gone();
  void pump_tunnel();
  void end_tunnel_if_asked();
  void end_tunnel();
  void say_goodbye();

  // http1_request_flow.cc: from the client to the child.
  bool read_request_head();
  bool accept_request(std::string_view data);
  void forward_request(std::string_view rest);
  void send_request(std::string_view rest);
  void keep_body();
  bool connect_upstream(const Reach& how);
  void pump_request();
  std::size_t forward_body(std::string_view data, std::string_view head);
  void drop_body();
  void refuse(std::uint16_t status, const char* why);

  // http1_waiting.cc: the child is not there, or has gone.
  bool reach_child(const Reach& how);
  void wait_for_child(bool again);
  void send_held_request();
  bool may_retry() const;
  void retry();
  void send_again(const Reach& how);
  void go_elsewhere();
  bool leave_slow_child(TimePoint now);
  bool may_send_again() const;

  // http1_access_log.cc: what the access log has to say about a request; nothing where it is off.
  void begin_entry(std::string_view data, const proto::RequestHead* head);
  void name_entry(std::string_view id);
  void end_entry();
  void note(proto::AccessOutcome outcome) { if (entry_) entry_->note(outcome); }

  // http1_response_flow.cc: from the child to the client, and what follows when either fails.
  bool run_exchange();
  void pump_response();
  bool take_response(std::string_view data);
  bool take_response_head(std::string_view& data);
  void forward_response_body(std::string_view data, std::string_view head);
  void response_ended(bool leftover);
  void upstream_closed();
  void upstream_broke(const char* why);
  void cut_answer();
  void become_tunnel(std::string_view from_child);
  bool may_close_at_once() const;
  void finish_exchange();
  proto::ClientFacts client_facts() const;

  std::unique_ptr<io::Stream> client_;
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<Tunnel> tunnel_;
  std::unique_ptr<std::string> announcement_;  // the PROXY header for the child; null: none is sent
  std::unique_ptr<AccessEntry> entry_;    // of the request or tunnel; null where there is no access log
  std::unique_ptr<std::string> pending_;  // client bytes that are not parsed yet: a partial head, or the next request
  TimePoint deadline_ = kNever;           // of the state: head, linger, fin
  TimePoint idle_since_;
  TimePoint linger_until_ = kNever;
  Duration longest_pause_{0};
  std::array<char, 46> peer_{};
  std::uint8_t peer_size_ = 0;
  bool trusted_;               // by `trust` (G95)
  std::uint16_t local_port_ = 0;  // where the client connected; 0: no port
  State state_ = State::between;
  bool served_one_ = false;
};

}  // namespace lastcall::proxy
