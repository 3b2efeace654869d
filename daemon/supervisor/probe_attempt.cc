#include "supervisor/probe_attempt.h"

#include <algorithm>
#include <utility>

namespace lastcall::supervisor {
namespace {

constexpr Duration kConnectLimit = seconds(1);  // loopback: longer means a full backlog

}  // namespace

ProbeAttempt::ProbeAttempt(io::Loop& loop, const ProbeQuestion& question, Callback callback) : callback_(std::move(callback)) {
  if (!question.http_path.empty()) {
    http_.emplace(loop, HttpCallRequest{.target = question.target, .path = question.http_path, .timeout = question.timeout},
                  [this](const HttpAnswer& answer) { on_http_answer(answer); });
    return;
  }
  connect_.emplace(loop, question.target, std::min(question.timeout, kConnectLimit), [this](const UniqueFd& socket, const std::string& error) {
    const Callback tell = std::move(callback_);
    tell(bool(socket), socket ? "connected" : error);
  });
}

void ProbeAttempt::on_http_answer(const HttpAnswer& answer) {
  const Callback tell = std::move(callback_);
  if (answer.status == 0) return tell(false, answer.error);
  tell(answer.status >= 200 && answer.status < 400, "HTTP " + std::to_string(answer.status));
}

}  // namespace lastcall::supervisor
