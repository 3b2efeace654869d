#include "supervisor/http_call.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "proto/http1_response.h"

namespace lastcall::supervisor {
namespace {

constexpr std::size_t kHeadLimit = 16 * 1024;
constexpr std::size_t kReadSize = 4096;

std::string write_request(const HttpCallRequest& request) {
  const std::string host = !request.host.empty() ? request.host : request.target.is_unix() ? "localhost" : request.target.to_string();
  std::string text = request.preface + request.method + " " + request.path + " HTTP/1.1\r\nHost: " + host +
                     "\r\nUser-Agent: lastcall\r\nAccept: */*\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  // RFC 9110 section 8.6: a method that expects content says so even where it is empty.
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

}  // namespace

// What came of the answer so far. Bytes of a head are kept until it is whole, those of a body as far as they are wanted.
class HttpCall::Reading {
 public:
  Reading(bool head_request, std::size_t body_limit) : parser_(proto::HttpLimits{.head = kHeadLimit}), body_limit_(body_limit) {
    parser_.reset(head_request);
  }

  // True once nothing more is wanted; answer().error says where it went wrong.
  bool feed(std::string_view bytes) {
    if (answer_.status != 0) return feed_body(bytes);
    received_ += bytes;
    for (;;) {
      const proto::HeadStep step = parser_.parse_head(received_, head_);
      if (step.what == proto::HeadStep::What::invalid) return fail("an answer that is not HTTP");
      if (step.what == proto::HeadStep::What::need_more) return false;
      const std::string_view rest = std::string_view(received_).substr(step.consumed);
      if (!head_.informational) {
        answer_.status = head_.status;
        return body_limit_ == 0 || feed_body(rest);
      }
      received_ = std::string(rest);
    }
  }

  // The other side closed.
  void finish() {
    if (answer_.status == 0) return void(fail(received_.empty() ? "closed without an answer" : "closed within its answer"));
    if (!parser_.finish().complete) fail("closed within its answer");
  }

  HttpAnswer& answer() { return answer_; }

 private:
  bool fail(const char* why) {
    answer_.error = why;
    return true;
  }

  bool feed_body(std::string_view bytes) {
    slices_.clear();
    const proto::BodyStep step = parser_.parse_body(bytes, slices_);
    if (step.invalid) return fail("an answer that is not HTTP");
    for (const std::string_view slice : slices_) {
      const std::size_t room = body_limit_ - answer_.body.size();
      answer_.body += slice.substr(0, room);
      answer_.body_cut |= slice.size() > room;
    }
    return step.complete || answer_.body_cut;
  }

  proto::ResponseParser parser_;
  proto::ResponseHead head_;
  std::size_t body_limit_;
  std::string received_;
  std::vector<std::string_view> slices_;
  HttpAnswer answer_;
};

HttpCall::HttpCall(io::Loop& loop, HttpCallRequest request, Callback callback)
    : loop_(loop),
      request_(std::move(request)),
      callback_(std::move(callback)),
      unsent_(write_request(request_)),
      reading_(std::make_unique<Reading>(request_.method == "HEAD", request_.body_limit)),
      timeout_(loop, [this] { conclude(reading_->answer().status == 0 ? "no answer" : "no end of the answer"); }) {
  timeout_.arm_after(request_.timeout);
  connecting_.emplace(loop, request_.target, std::min(request_.connect_timeout, request_.timeout),
                      [this](UniqueFd socket, const std::string& error) { on_connected(std::move(socket), error); });
}

HttpCall::~HttpCall() = default;

void HttpCall::on_connected(UniqueFd socket, const std::string& error) {
  if (!socket) return conclude(error);
  socket_ = std::move(socket);
  watch_ = std::make_unique<io::FdWatch>(loop_, socket_.get(), [this](int events) { on_socket(events); });
  if (!send_more()) conclude("closed the connection");
}

void HttpCall::on_socket(int events) {
  // An answer may come before the request is out, and may be all that the other side cares for.
  if (!unsent_.empty() && (events & io::FdWatch::writable) != 0 && !send_more()) {
    unsent_.clear();
    watch_->start(io::FdWatch::readable);
  }
  receive();
}

bool HttpCall::send_more() {
  while (!unsent_.empty()) {
    const ssize_t size = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0) return false;
    unsent_.erase(0, static_cast<std::size_t>(size));
  }
  watch_->start(unsent_.empty() ? io::FdWatch::readable : io::FdWatch::readable | io::FdWatch::writable);
  return true;
}

// One read per turn: an answer without end never keeps the loop.
void HttpCall::receive() {
  char bytes[kReadSize];
  const ssize_t size = ::recv(socket_.get(), bytes, sizeof bytes, 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size > 0) {
    if (reading_->feed({bytes, static_cast<std::size_t>(size)})) conclude("");
    return;
  }
  reading_->finish();
  conclude("");
}

void HttpCall::conclude(std::string error) {
  timeout_.disarm();
  connecting_.reset();
  watch_.reset();
  socket_.reset();
  HttpAnswer answer = std::move(reading_->answer());
  if (!error.empty()) answer.error = std::move(error);
  const Callback callback = std::move(callback_);  // it may destroy us
  callback(answer);
}

}  // namespace lastcall::supervisor
