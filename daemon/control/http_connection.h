// One connection to the control socket or the admin port: reads a request, hands it up, writes the answer, and goes on with the next one
// in order. proto::RequestParser reads the bytes, as in a worker, with narrower limits. Holds at most one request and what arrived behind
// it; reads nothing more while an answer is awaited. Owned by its HttpServer; supervisor process only.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "control/http_message.h"
#include "io/callback_timer.h"
#include "io/stream.h"
#include "proto/http1_request.h"

namespace lastcall::control {

struct ServerLimits {
  std::size_t connections = 64;
  std::size_t streams = 32;         // of them, event streams: the others always find a place
  Duration request = seconds(5);    // from the first byte of a request to its last
  Duration idle = seconds(30);      // between requests; also what a reader has to take an answer
  std::size_t queue = 256 * 1024;   // bytes of events that a slow reader may owe
};

class HttpConnection final : private io::StreamOwner, private io::Deferred {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_request(HttpConnection& connection, const HttpRequest& request) = 0;
    virtual void on_closed(HttpConnection& connection) = 0;  // must not destroy it at once
  };
  enum class State : std::uint8_t {
    idle,       // no byte of a request is there
    reading,    // a part of one is
    answering,  // the handler has it
    streaming,  // events, until either side ends
    ending,     // answered with close: what still comes is read and thrown away
    closed,
  };

  static std::unique_ptr<HttpConnection> open(io::Poller& poller, UniqueFd socket, std::uint64_t id, Peer peer, const ServerLimits& limits,
                                              Owner& owner);
  ~HttpConnection() override = default;

  std::uint64_t id() const { return id_; }
  State state() const { return state_; }
  const Peer& peer() const { return peer_; }
  TimePoint since() const { return since_; }  // it has been in this state

  void start() { advance(); }  // right after open(): bytes may already wait
  void answer(const HttpResponse& response);
  void begin_events();
  bool send_events(std::string_view bytes);
  void close();

 private:
  HttpConnection(io::Poller& poller, std::uint64_t id, Peer peer, const ServerLimits& limits, Owner& owner);
  void on_stream(io::Stream& stream) override;
  void on_deferred() override { advance(); }
  void advance();
  void enter(State state);
  bool read_more();
  void throw_away_input();
  void take_request();
  bool take_head();
  void take_body();
  bool begin_request();
  void refuse(std::uint16_t status, std::string_view why);
  void on_deadline();

  io::Loop& loop_;
  std::uint64_t id_;
  Peer peer_;
  const ServerLimits& limits_;
  Owner& owner_;
  std::unique_ptr<io::Stream> stream_;
  proto::RequestParser parser_;
  proto::RequestHead head_;
  std::string input_;     // of the request being read, and what came behind it
  HttpRequest request_;
  State state_ = State::idle;
  TimePoint since_{};
  bool head_done_ = false;
  bool keep_alive_ = false;  // what the request being answered allows
  bool advancing_ = false;
  std::size_t thrown_away_ = 0;
  io::CallbackTimer deadline_;
};

}  // namespace lastcall::control
