#include "supervisor/probe_attempt.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace lastcall::supervisor {
namespace {

constexpr Duration kConnectLimit = seconds(1);  // loopback: longer means a full backlog
constexpr std::size_t kKeptWords = 200;         // of what a command writes: enough for "no response"

// The first line, as far as it can be shown; what is not printable is left to LogLine, which quotes it.
std::string first_line(const CommandResult& result) {
  const std::string& text = result.errors.empty() ? result.output : result.errors;
  return text.substr(0, text.find('\n'));
}

}  // namespace

ProbeAttempt::ProbeAttempt(io::Loop& loop, ProcessTable& processes, const ProbeQuestion& question, Callback callback)
    : callback_(std::move(callback)), status_(question.status) {
  if (question.command) {
    command_.emplace(loop, processes,
                     CommandRequest{.name = "probe", .spawn = *question.command, .timeout = question.timeout, .keep_output = kKeptWords, .log_output = false},
                     [this](const CommandResult& result) { on_command_end(result); });
  } else if (!question.http_path.empty()) {
    http_.emplace(loop, HttpCallRequest{.target = question.target, .path = question.http_path, .timeout = question.timeout,
                                        .preface = question.preface},
                  [this](const HttpAnswer& answer) { on_http_answer(answer); });
  } else {
    connect_.emplace(loop, question.target, std::min(question.timeout, kConnectLimit),
                     [this, preface = question.preface](const UniqueFd& socket, const std::string& error) {
                       // A fresh socket takes so much at once; what became of it is not our question.
                       if (socket && !preface.empty()) (void)::send(socket.get(), preface.data(), preface.size(), MSG_NOSIGNAL);
                       on_connect_answer(bool(socket), error);
                     });
  }
}

void ProbeAttempt::on_connect_answer(bool connected, const std::string& error) {
  const Callback tell = std::move(callback_);
  tell(connected, connected ? "connected" : error);
}

void ProbeAttempt::on_http_answer(const HttpAnswer& answer) {
  const Callback tell = std::move(callback_);
  if (answer.status == 0) return tell(false, answer.error);
  tell(config::accepts(status_, answer.status), "HTTP " + std::to_string(answer.status));
}

void ProbeAttempt::on_command_end(const CommandResult& result) {
  const Callback tell = std::move(callback_);
  const std::string line = first_line(result);
  tell(result.ok(), line.empty() ? describe(result) : describe(result) + ": " + line);
}

}  // namespace lastcall::supervisor
