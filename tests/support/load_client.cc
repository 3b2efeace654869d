#include "support/load_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace lastcall::test {
namespace {

constexpr auto kNoWake = Clock::time_point::max();
constexpr std::size_t kMaxProblems = 12;

bool fin_has_come(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_state == TCP_CLOSE_WAIT || info.tcpi_state == TCP_LAST_ACK;
}

}  // namespace

void LoadCounts::add(const LoadCounts& other) {
  answered += other.answered, said_close += other.said_close, refused_503 += other.refused_503, refused += other.refused;
  idle_closed += other.idle_closed, raced += other.raced, wrong += other.wrong, resets += other.resets;
  truncated += other.truncated, lost += other.lost, refused_early += other.refused_early, unconnected += other.unconnected;
  for (const std::string& text : other.problems) problem(text);
}

void LoadCounts::problem(const std::string& text) {
  if (problems.size() < kMaxProblems) problems.push_back(text);
}

LoadClient::LoadClient(const LoadPlan& plan, std::uint32_t seed, LoadCounts& counts) : plan_(plan), random_(seed), counts_(counts) {}

std::uint32_t LoadClient::random(std::uint32_t from, std::uint32_t to) {
  return std::uniform_int_distribution<std::uint32_t>(from, to)(random_);
}

short LoadClient::wanted() const {
  switch (state_) {
    case State::connecting: return POLLOUT;
    case State::thinking:
    case State::sending: return fin_at_ ? 0 : POLLIN;
    case State::waiting: return static_cast<short>(sent_ < request_.size() && !send_failed_ ? POLLIN | POLLOUT : POLLIN);
    default: return 0;
  }
}

void LoadClient::connect() {
  fd_ = Fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
  fin_at_.reset();
  state_ = State::connecting;
  wake_ = Clock::now() + plan_.patience;
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(plan_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return on_connected(0);
  if (errno != EINPROGRESS) on_connected(errno);
}

void LoadClient::on_connected(int error) {
  if (error == 0) return think();
  fd_.reset();
  if (error == ECONNREFUSED && stopping_) {
    ++counts_.refused;
    state_ = State::ended;
    wake_ = kNoWake;
    return;
  }
  if (error == ECONNREFUSED) {
    ++counts_.refused_early;
  } else if (error == ECONNRESET || error == EPIPE) {  // overtook our look at the socket
    ++counts_.resets;
  } else {
    ++counts_.unconnected;
  }
  counts_.problem(std::string("connect: ") + std::strerror(error) + (stopping_ ? " (stopping)" : " (before the stop)"));
  state_ = State::retrying;
  wake_ = Clock::now() + 10ms;
}

void LoadClient::think() {
  state_ = State::thinking;
  wake_ = Clock::now() + Milliseconds(random(static_cast<std::uint32_t>(plan_.think_min.count()),
                                             static_cast<std::uint32_t>(plan_.think_max.count())));
}

void LoadClient::prepare_request() {
  expected_body_.clear();
  if (random(0, 99) < static_cast<std::uint32_t>(plan_.post_percent)) {
    expected_body_.resize(random(1, static_cast<std::uint32_t>(plan_.body_max)));
    for (char& c : expected_body_) c = static_cast<char>('a' + random(0, 25));
    label_ = "POST /echo of " + std::to_string(expected_body_.size()) + " bytes";
    request_ = "POST /echo HTTP/1.1\r\nHost: test\r\nContent-Type: text/plain\r\nContent-Length: " +
               std::to_string(expected_body_.size()) + "\r\n\r\n" + expected_body_;
  } else {
    const bool slow = random(0, 99) < static_cast<std::uint32_t>(plan_.slow_percent);
    const std::string target = slow ? "/slow?ms=" + std::to_string(random(1, 300)) : "/";
    label_ = "GET " + target;
    request_ = "GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n";
  }
}

void LoadClient::send_request() {
  sent_ = 0;
  send_failed_ = false;
  parser_ = ResponseParser();
  state_ = State::waiting;
  wake_ = Clock::now() + plan_.patience;
  const bool fin_before_decision = fin_at_ && *fin_at_ <= decided_;
  continue_sending();
  raced_ = plan_.round_trip > 0ms ? fin_before_decision : fin_has_come(fd_.get());
}

void LoadClient::continue_sending() {
  while (sent_ < request_.size()) {
    const ssize_t size = ::send(fd_.get(), request_.data() + sent_, request_.size() - sent_, MSG_NOSIGNAL);
    if (size < 0) {
      if (errno == EINTR) continue;
      send_failed_ = errno != EAGAIN;  // what the server said before may still be read
      return;
    }
    sent_ += static_cast<std::size_t>(size);
  }
}

void LoadClient::on_time() {
  const auto now = Clock::now();
  switch (state_) {
    case State::connecting:
      ++counts_.unconnected;
      counts_.problem("connect: no answer");
      return reconnect();
    case State::thinking:
      if (fin_at_ && now >= *fin_at_ + plan_.round_trip / 2) {  // seen at last, half a round trip late
        ++counts_.idle_closed;
        return reconnect();
      }
      prepare_request();
      decided_ = now;
      if (plan_.round_trip == 0ms) return send_request();
      state_ = State::sending;
      wake_ = now + plan_.round_trip / 2;
      return;
    case State::sending: return send_request();
    case State::waiting:
      ++counts_.lost;
      counts_.problem(label_ + ": no answer in time");
      return reconnect();
    case State::retrying: return reconnect();
    case State::ended: return;
  }
}

void LoadClient::on_ready() {
  if (state_ == State::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return on_connected(error);
  }
  if (state_ == State::thinking || state_ == State::sending) return read_while_idle();
  if (state_ != State::waiting) return;
  if (!send_failed_) continue_sending();
  read_response();
}

void LoadClient::read_while_idle() {
  char buffer[4096];
  const ssize_t size = ::recv(fd_.get(), buffer, sizeof buffer, 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size > 0) {
    ++counts_.wrong;
    counts_.problem("bytes on an idle connection: " + std::string(buffer, static_cast<std::size_t>(std::min<ssize_t>(size, 60))));
    return reconnect();
  }
  if (size < 0) return on_closed(true, errno);
  if (plan_.round_trip > 0ms) {
    fin_at_ = Clock::now();
    if (state_ == State::thinking) wake_ = std::min(wake_, *fin_at_ + plan_.round_trip / 2);
    return;
  }
  ++counts_.idle_closed;
  reconnect();
}

void LoadClient::read_response() {
  char buffer[65536];
  while (state_ == State::waiting) {
    const ssize_t size = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return on_closed(size < 0, errno);
    const std::string_view bytes(buffer, static_cast<std::size_t>(size));
    const std::size_t used = parser_.feed(bytes);
    if (parser_.broken() || used < bytes.size()) {
      ++counts_.wrong;
      counts_.problem(label_ + ": " + (parser_.broken() ? parser_.error() : "bytes after the response"));
      return reconnect();
    }
    if (parser_.complete()) return judge_response();
  }
}

void LoadClient::on_closed(bool reset, int error) {
  if (!reset) parser_.end_of_input();
  if (state_ == State::waiting && parser_.complete()) return judge_response();
  const std::string what = state_ == State::waiting ? label_ : "idle connection";
  if (reset) {
    ++counts_.resets;
    counts_.problem(what + ": " + std::strerror(error) + (parser_.started() ? " inside the response" : ""));
  } else if (parser_.started()) {
    ++counts_.truncated;
    counts_.problem(what + ": closed after " + std::to_string(parser_.response().body.size()) + " bytes of the body");
  } else if (raced_) {
    ++counts_.raced;
  } else {
    ++counts_.lost;
    counts_.problem(what + ": sent, then closed without an answer");
  }
  reconnect();
}

void LoadClient::judge_response() {
  const HttpResponse& response = parser_.response();
  const bool close = response.says_close() || sent_ < request_.size();
  if (response.status == 503) {
    ++counts_.refused_503;
  } else if (response.status != 200 || (!expected_body_.empty() && response.body != expected_body_) || response.body.empty()) {
    ++counts_.wrong;
    counts_.problem(label_ + ": status " + std::to_string(response.status) + ", " + std::to_string(response.body.size()) + " bytes");
  } else {
    ++counts_.answered;
    if (close) ++counts_.said_close;
  }
  if (close) return reconnect();
  think();
}

void LoadClient::give_up() {
  if (state_ == State::waiting) {
    ++counts_.lost;
    counts_.problem(label_ + ": unanswered at the end");
  }
  fd_.reset();
  state_ = State::ended;
  wake_ = kNoWake;
}

}  // namespace lastcall::test
