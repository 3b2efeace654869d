// Asks the child once whether it is well: a connect, or with a path an HTTP GET. Answers once, never from within its constructor, in a word
// that people can read; never blocks, never asks again. What to do with the answer is the owner's business: ReadinessProbe waits for the
// first good one. Supervisor process only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "supervisor/http_call.h"

namespace lastcall::supervisor {

struct ProbeQuestion {
  Address target = {};
  std::string http_path = {};      // empty: a connect is enough
  Duration timeout = seconds(5);   // a health page may ask a database
};

class ProbeAttempt {
 public:
  // `answer`: "connected", "HTTP 503", "Connection refused". May destroy the attempt.
  using Callback = std::function<void(bool well, const std::string& answer)>;
  ProbeAttempt(io::Loop& loop, const ProbeQuestion& question, Callback callback);

 private:
  void on_http_answer(const HttpAnswer& answer);

  Callback callback_;
  std::optional<ConnectAttempt> connect_;
  std::optional<HttpCall> http_;
};

}  // namespace lastcall::supervisor
