// Asks the child whether it is ready, again and again, soon at first and then ten times a second: a connect, or with a path an HTTP GET
// that is answered 2xx or 3xx (decision 11). Ends by calling back once, with the answer or with nothing at the timeout. Never blocks and
// never touches the child itself. Owned by the service; supervisor process only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/unique_fd.h"
#include "io/callback_timer.h"
#include "io/fd_watch.h"

namespace lastcall::supervisor {

class ReadinessProbe {
 public:
  struct Options {
    Address target;
    std::string http_path;  // empty: a connect is enough
    Duration timeout = seconds(60);
  };
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_probe_ready() = 0;
    virtual void on_probe_timeout(const std::string& last_answer) = 0;  // "connection refused", "HTTP 503"
    // A Unix socket of the child may just have appeared: called before each attempt.
    virtual void before_probe() = 0;
  };
  ReadinessProbe(io::Loop& loop, Options options, Owner& owner);
  ~ReadinessProbe();

  void start();
  void cancel();
  bool running() const { return running_; }
  const std::string& last_answer() const { return last_answer_; }

 private:
  class HttpExchange;
  enum class Answer : std::uint8_t { pending, ready, not_yet };
  void attempt();
  void on_socket(int events);
  Answer on_connected();
  Answer read_response();
  void conclude(Answer answer);
  void end_attempt();

  io::Loop& loop_;
  Options options_;
  Owner& owner_;
  bool running_ = false;
  bool connected_ = false;
  Duration pause_{};
  std::string last_answer_ = "never tried";
  UniqueFd socket_;
  std::unique_ptr<io::FdWatch> watch_;
  std::unique_ptr<HttpExchange> exchange_;
  io::CallbackTimer next_;     // between two attempts; within one: it takes too long
  io::CallbackTimer timeout_;
};

}  // namespace lastcall::supervisor
