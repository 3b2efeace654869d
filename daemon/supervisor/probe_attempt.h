// Asks the child once whether it is well: a connect, an HTTP GET, or a command beside it. Answers once, never from within its constructor, in
// words that people can read; never blocks, never asks again. What to do with the answer is the owner's business: ReadinessProbe waits for
// the first good one, LivenessProbe counts the bad ones. Supervisor process only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/health_settings.h"
#include "supervisor/command_run.h"
#include "supervisor/http_call.h"

namespace lastcall::supervisor {

struct ProbeQuestion {
  Address target = {};
  std::string http_path = {};                     // to GET; empty, without a command: a connect is enough
  std::vector<config::StatusRange> status = {};   // what its answer may be; none: 200 to 399
  std::optional<os::SpawnRequest> command = {};   // to run; its end with 0 is the good answer
  Duration timeout = seconds(5);                  // a health page may ask a database
  std::string preface = {};                       // bytes before everything else: a PROXY header (G207)
};

class ProbeAttempt {
 public:
  // `answer`: "connected", "HTTP 503", "Connection refused", "exit code 2: no server". May destroy the attempt.
  using Callback = std::function<void(bool well, const std::string& answer)>;
  ProbeAttempt(io::Loop& loop, ProcessTable& processes, const ProbeQuestion& question, Callback callback);

 private:
  void on_connect_answer(bool connected, const std::string& error);
  void on_http_answer(const HttpAnswer& answer);
  void on_command_end(const CommandResult& result);

  Callback callback_;
  std::vector<config::StatusRange> status_;
  std::optional<ConnectAttempt> connect_;
  std::optional<HttpCall> http_;
  std::optional<CommandRun> command_;
};

}  // namespace lastcall::supervisor
