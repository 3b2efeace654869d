#include "rehearsal/http_client.h"

#include <array>

namespace lastcall::rehearsal {
namespace {

constexpr std::size_t kHeadLimit = 64 * 1024;

}  // namespace

HttpClient::HttpClient(io::Poller& poller, Address server, Owner& owner)
    : poller_(poller), server_(std::move(server)), owner_(owner), parser_(proto::HttpLimits{.head = kHeadLimit}) {}

void HttpClient::get(const std::string& path) {
  busy_ = true;
  begun_ = in_body_ = raced_ = false;
  received_.clear();
  parser_.reset(false);
  const bool reused = stream_ != nullptr;
  if (!reused) {
    auto made = io::Stream::connect(poller_, server_, *this);
    if (!made) return finish({.what = ReplyKind::refused});
    stream_ = std::move(made).value();
    connected_ = !stream_->connecting();
  }
  const std::string host = server_.is_unix() ? "localhost" : server_.to_string();
  stream_->write("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: lastcall-rehearse\r\nAccept: */*\r\n\r\n");
  // On loopback bytes arrive while send() runs: a connection without a FIN right after it had none when the server got the request.
  raced_ = reused && !stream_->quiet();
}

void HttpClient::drop() {
  stream_.reset();
  busy_ = false;
}

void HttpClient::on_stream(io::Stream& stream) {
  if (stream.failed()) return on_end(true);
  connected_ = connected_ || !stream.connecting();
  std::array<char, 65536> buffer;
  while (stream_.get() == &stream) {  // what an answer leads to may have replaced it
    const auto [what, size] = stream.read(buffer);
    switch (what) {
      case io::Stream::Read::would_block: return;
      case io::Stream::Read::end: return on_end(false);
      case io::Stream::Read::failed: return on_end(true);
      case io::Stream::Read::data: take_bytes({buffer.data(), size}); break;
    }
  }
}

void HttpClient::take_bytes(std::string_view bytes) {
  if (!busy_) {  // nobody asked for anything
    stream_.reset();
    return owner_.on_idle_end(*this);
  }
  begun_ = true;
  received_ += bytes;
  if (in_body_ || take_head()) take_body();
}

// False: there is no body to read yet.
bool HttpClient::take_head() {
  for (;;) {
    const proto::HeadStep step = parser_.parse_head(received_, head_);
    if (step.what == proto::HeadStep::What::need_more) return false;
    if (step.what == proto::HeadStep::What::invalid) {
      finish({.what = ReplyKind::invalid});
      return false;
    }
    reply_ = {.status = head_.status, .keep_alive = head_.keep_alive, .keep_alive_timeout = head_.keep_alive_timeout};
    received_.erase(0, step.consumed);
    if (!head_.informational) return in_body_ = true;
  }
}

void HttpClient::take_body() {
  slices_.clear();
  const proto::BodyStep step = parser_.parse_body(received_, slices_);
  if (step.invalid) return finish({.what = ReplyKind::invalid});
  received_.erase(0, step.consumed);
  if (step.complete) finish(reply_);
}

void HttpClient::on_end(bool reset) {
  const bool was_connected = connected_;
  if (!busy_) {
    stream_.reset();
    return owner_.on_idle_end(*this);
  }
  if (in_body_ && !reset && parser_.finish().complete) {
    reply_.keep_alive = false;
    return finish(reply_);
  }
  if (!was_connected) return finish({.what = ReplyKind::refused});
  if (begun_) return finish({.what = ReplyKind::truncated});
  if (raced_) return finish({.what = ReplyKind::raced});
  finish({.what = reset ? ReplyKind::reset : ReplyKind::lost});
}

void HttpClient::finish(Reply reply) {
  busy_ = false;
  if (reply.what != ReplyKind::answered) reply.keep_alive = false;
  if (!reply.keep_alive) stream_.reset();
  owner_.on_reply(*this, reply);
}

}  // namespace lastcall::rehearsal
