#include "supervisor/readiness_probe.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/socket.h"
#include "proto/http1_response.h"

namespace lastcall::supervisor {
namespace {

constexpr Duration kFirstPause = milliseconds(5);   // a C server listens after a millisecond or two
constexpr Duration kLongestPause = milliseconds(100);
constexpr Duration kConnectLimit = seconds(1);      // loopback: longer means a full backlog
constexpr Duration kAnswerLimit = seconds(5);       // a health page may ask a database
constexpr std::size_t kHeadLimit = 16 * 1024;

// TCP can connect a socket to itself where the target lies in the ephemeral range and nobody listens there.
bool is_own_echo(int fd) {
  const auto here = os::local_address(fd);
  const auto there = os::peer_address(fd);
  return here && there && !here.value().is_unix() && here.value() == there.value();
}

}  // namespace

// One request and the head of its answer; the body is of no interest.
class ReadinessProbe::HttpExchange {
 public:
  HttpExchange() : parser_(proto::HttpLimits{.head = kHeadLimit}) { parser_.reset(false); }

  static std::string request(const std::string& path, const Address& target) {
    const std::string host = target.is_unix() ? "localhost" : target.to_string();
    return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: lastcall\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  }

  // The final status; 0: more is needed; -1: that was not HTTP.
  int feed(std::string_view bytes) {
    received_ += bytes;
    for (;;) {
      const proto::HeadStep step = parser_.parse_head(received_, head_);
      if (step.what == proto::HeadStep::What::invalid) return -1;
      if (step.what == proto::HeadStep::What::need_more) return received_.size() > kHeadLimit ? -1 : 0;
      if (!head_.informational) return head_.status;
      received_.erase(0, step.consumed);
    }
  }

 private:
  proto::ResponseParser parser_;
  proto::ResponseHead head_;
  std::string received_;
};

ReadinessProbe::ReadinessProbe(io::Loop& loop, Options options, Owner& owner)
    : loop_(loop),
      options_(std::move(options)),
      owner_(owner),
      next_(loop, [this] { socket_ ? (last_answer_ = "no answer", conclude(Answer::not_yet)) : attempt(); }),
      timeout_(loop, [this] {
        cancel();
        owner_.on_probe_timeout(last_answer_);
      }) {}

ReadinessProbe::~ReadinessProbe() = default;

void ReadinessProbe::start() {
  running_ = true;
  pause_ = kFirstPause;
  if (options_.timeout != kInfinite) timeout_.arm_after(options_.timeout);
  attempt();
}

void ReadinessProbe::cancel() {
  running_ = false;
  end_attempt();
  next_.disarm();
  timeout_.disarm();
}

void ReadinessProbe::end_attempt() {
  watch_.reset();
  socket_.reset();
  exchange_.reset();
  connected_ = false;
}

void ReadinessProbe::attempt() {
  owner_.before_probe();
  auto socket = os::connect_to(options_.target);
  if (!socket) {
    last_answer_ = std::strerror(socket.error().code);
    return conclude(Answer::not_yet);
  }
  socket_ = std::move(socket).value();
  watch_ = std::make_unique<io::FdWatch>(loop_, socket_.get(), [this](int events) { on_socket(events); });
  watch_->start(io::FdWatch::writable);
  next_.arm_after(kConnectLimit);
}

void ReadinessProbe::on_socket(int) { conclude(connected_ ? read_response() : on_connected()); }

ReadinessProbe::Answer ReadinessProbe::on_connected() {
  const int error = os::connect_error(socket_.get());
  if (error != 0 || is_own_echo(socket_.get())) {
    last_answer_ = std::strerror(error != 0 ? error : ECONNREFUSED);
    return Answer::not_yet;
  }
  if (options_.http_path.empty()) return Answer::ready;
  connected_ = true;
  const std::string request = HttpExchange::request(options_.http_path, options_.target);
  // A fresh socket takes a request of this size whole.
  if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    last_answer_ = "closed the connection";
    return Answer::not_yet;
  }
  exchange_ = std::make_unique<HttpExchange>();
  watch_->start(io::FdWatch::readable);
  next_.arm_after(kAnswerLimit);
  return Answer::pending;
}

ReadinessProbe::Answer ReadinessProbe::read_response() {
  char bytes[4096];
  const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, 0);
  if (size < 0 && errno == EAGAIN) return Answer::pending;
  const int status = size <= 0 ? -1 : exchange_->feed({bytes, static_cast<std::size_t>(size)});
  if (status == 0) return Answer::pending;
  last_answer_ = size <= 0 ? "closed without an answer" : status < 0 ? "an answer that is not HTTP" : "HTTP " + std::to_string(status);
  return status >= 200 && status < 400 ? Answer::ready : Answer::not_yet;
}

void ReadinessProbe::conclude(Answer answer) {
  if (answer == Answer::pending) return;
  end_attempt();
  if (answer == Answer::ready) {
    cancel();
    owner_.on_probe_ready();
    return;
  }
  next_.arm_after(pause_);
  pause_ = std::min(pause_ * 3 / 2, kLongestPause);
}

}  // namespace lastcall::supervisor
