// Asks the child whether it is ready, again and again, soon at first and then ten times a second, until the first good answer (decision 11).
// Ends by calling back once, with the answer or with nothing at the timeout. Never blocks, never asks twice at once and never
// touches the child itself. Owned by the service; supervisor process only.
#pragma once

#include <optional>
#include <string>

#include "supervisor/probe_attempt.h"

namespace lastcall::supervisor {

class ReadinessProbe {
 public:
  struct Options {
    ProbeQuestion question;
    Duration timeout = seconds(60);
  };
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_probe_ready() = 0;
    virtual void on_probe_timeout(const std::string& last_answer) = 0;  // "Connection refused", "HTTP 503"
    // A Unix socket of the child may just have appeared: called before each attempt.
    virtual void before_probe() = 0;
  };
  ReadinessProbe(io::Loop& loop, Options options, Owner& owner);

  void start();
  void cancel();
  bool running() const { return running_; }
  const std::string& last_answer() const { return last_answer_; }

 private:
  void ask();
  void on_answer(bool well, const std::string& answer);

  io::Loop& loop_;
  Options options_;
  Owner& owner_;
  bool running_ = false;
  Duration pause_{};
  std::string last_answer_ = "never tried";
  std::optional<ProbeAttempt> attempt_;
  io::CallbackTimer next_;
  io::CallbackTimer timeout_;
};

}  // namespace lastcall::supervisor
