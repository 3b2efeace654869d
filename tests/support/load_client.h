// One keep-alive client of the counting load: connects, thinks, sends a GET or POST, waits for the answer, and judges what it got. Owned
// by LoadLoop, which polls its descriptor and wakes it by the clock.
//
// The judgement that matters is "sent before the FIN": after a request's bytes went out, TCP_INFO says whether the peer's FIN had
// already come. On loopback bytes arrive while send() still runs, so a connection that is ESTABLISHED after it had no FIN when the server
// got the request: not to answer it is a loss. Otherwise the request raced, and no HTTP/1.1 server could have helped it (G50).
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/deadline.h"
#include "support/fd.h"
#include "support/response_parser.h"

namespace lastcall::test {

struct LoadPlan {
  std::uint16_t port = 0;
  int clients = 16;
  Milliseconds think_min{0}, think_max{0};
  int post_percent = 40;            // POST /echo with a body, the rest GET
  std::size_t body_max = 32 * 1024;
  int slow_percent = 5;             // of the GETs: /slow?ms=1 to 300
  Milliseconds round_trip{0};       // emulated: sends half of it late, sees a FIN half of it late
  Milliseconds patience = kPatience;
};

struct LoadCounts {
  std::uint64_t answered = 0;        // completely and right
  std::uint64_t said_close = 0;      // of these, with Connection: close
  std::uint64_t refused_503 = 0;     // answered "not processed"
  std::uint64_t refused = 0;         // at connect, once stopping
  std::uint64_t idle_closed = 0;     // FIN between two requests
  std::uint64_t raced = 0;           // sent after the FIN had come, unanswered
  std::uint64_t wrong = 0;           // another status, another body, bytes that nobody asked for
  std::uint64_t resets = 0;          // RST, at whatever time
  std::uint64_t truncated = 0;       // FIN inside a response
  std::uint64_t lost = 0;            // sent before the FIN, and no answer
  std::uint64_t refused_early = 0;   // at connect, before anybody stopped
  std::uint64_t unconnected = 0;     // connect() neither succeeded nor failed
  std::vector<std::string> problems;  // the first few, in words

  std::uint64_t losses() const { return resets + truncated + lost; }
  bool spotless() const { return losses() + wrong + refused_early + unconnected == 0; }
  void add(const LoadCounts& other);
  void problem(const std::string& text);
};

class LoadClient {
 public:
  LoadClient(const LoadPlan& plan, std::uint32_t seed, LoadCounts& counts);

  void start() { connect(); }
  void set_stopping() { stopping_ = true; }
  void give_up();  // the test is over: what is unanswered now is lost

  bool ended() const { return state_ == State::ended; }
  int fd() const { return fd_.get(); }
  short wanted() const;                  // poll events
  Clock::time_point wake() const { return wake_; }
  void on_ready();
  void on_time();                        // call when wake() has come

 private:
  enum class State : std::uint8_t { connecting, thinking, sending, waiting, retrying, ended };

  void connect();
  void on_connected(int error);
  void think();
  void prepare_request();
  void send_request();
  void continue_sending();
  void read_while_idle();
  void read_response();
  void on_closed(bool reset, int error);
  void judge_response();
  void reconnect() { connect(); }
  std::uint32_t random(std::uint32_t from, std::uint32_t to);

  const LoadPlan& plan_;
  std::mt19937 random_;
  LoadCounts& counts_;
  bool stopping_ = false;
  State state_ = State::ended;
  Fd fd_;
  Clock::time_point wake_ = Clock::time_point::max();
  std::string request_, expected_body_, label_;
  std::size_t sent_ = 0;
  Clock::time_point decided_;
  std::optional<Clock::time_point> fin_at_;
  bool raced_ = false;
  bool send_failed_ = false;
  ResponseParser parser_;
};

}  // namespace lastcall::test
