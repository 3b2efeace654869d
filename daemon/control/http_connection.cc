#include "control/http_connection.h"

#include <algorithm>

#include "base/log.h"

namespace lastcall::control {
namespace {

constexpr std::size_t kHead = 8 * 1024;
constexpr std::size_t kBody = 64 * 1024;
constexpr std::size_t kRead = 16 * 1024;
constexpr int kRequestsPerTurn = 16;                    // then everybody else has a turn
constexpr std::size_t kThrownAway = 4 * 1024 * 1024;    // of what follows a refusal: a client that sends on shall still read it
constexpr Duration kGoodbye = seconds(1);

proto::HttpLimits parser_limits() {
  return {.request_line = 4 * 1024, .head = kHead, .fields = 64, .chunk_extensions = 1024, .trailers = 1024, .body = kBody};
}

std::string media_type(const proto::RequestHead& head) {
  for (const proto::Field& field : head.fields) {
    if (!proto::equals_ignoring_case(field.name, "content-type")) continue;
    std::string type(field.value.substr(0, field.value.find(';')));
    while (type.ends_with(' ') || type.ends_with('\t')) type.pop_back();
    std::ranges::transform(type, type.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return type;
  }
  return {};
}

// The parser knows no numbers, and who is refused for one should hear it.
std::string_view in_numbers(std::uint16_t status, std::string_view why) {
  switch (status) {
    case 413: return "a request body may have 64 KiB";
    case 414: return "a request line may have 4 KiB";
    case 431: return "a request head may have 8 KiB and 64 fields";
    default: return why;
  }
}

}  // namespace

HttpConnection::HttpConnection(io::Poller& poller, std::uint64_t id, Peer peer, const ServerLimits& limits, Owner& owner)
    : loop_(poller.loop()),
      id_(id),
      peer_(peer),
      limits_(limits),
      owner_(owner),
      parser_(parser_limits()),
      deadline_(poller.loop(), [this] { on_deadline(); }) {}

std::unique_ptr<HttpConnection> HttpConnection::open(io::Poller& poller, UniqueFd socket, std::uint64_t id, Peer peer,
                                                     const ServerLimits& limits, Owner& owner) {
  std::unique_ptr<HttpConnection> made(new HttpConnection(poller, id, peer, limits, owner));
  made->stream_ = io::Stream::adopt(poller, std::move(socket), *made);
  made->enter(State::idle);
  return made;
}

void HttpConnection::enter(State state) {
  state_ = state;
  since_ = loop_.now();
  switch (state) {
    case State::idle: return deadline_.arm_after(limits_.idle);
    case State::reading: return deadline_.arm_after(limits_.request);
    case State::ending: return deadline_.arm_after(kGoodbye);
    case State::answering:
    case State::streaming:
    case State::closed: return deadline_.disarm();
  }
}

void HttpConnection::on_stream(io::Stream& stream) {
  // While it is answered nobody reads; who can't hear the answer need not wait for it.
  if (state_ == State::answering && stream.aborted()) return close();
  advance();
}

// As far as the bytes that are there allow. Never two answers under way: a reader that takes none gets no second request through.
void HttpConnection::advance() {
  if (advancing_) return;
  advancing_ = true;
  for (int requests = 0; state_ == State::idle || state_ == State::reading;) {
    if (stream_->queued() > 0) break;
    take_request();
    if (state_ == State::idle && !input_.empty() && ++requests == kRequestsPerTurn) {
      loop_.defer(*this);
      break;
    }
    if ((state_ == State::idle && input_.empty()) || state_ == State::reading)
      if (!read_more()) break;
  }
  if (state_ == State::streaming || state_ == State::ending) throw_away_input();
  advancing_ = false;
}

// False: nothing more is there for now, or ever.
bool HttpConnection::read_more() {
  char buffer[kRead];
  const auto [what, size] = stream_->read(buffer);
  if (what == io::Stream::Read::would_block) return false;
  if (what != io::Stream::Read::data) {
    close();
    return false;
  }
  input_.append(buffer, size);
  return true;
}

void HttpConnection::throw_away_input() {
  char buffer[kRead];
  for (;;) {
    const auto [what, size] = stream_->read(buffer);
    if (what == io::Stream::Read::would_block) return;
    thrown_away_ += size;
    if (what != io::Stream::Read::data || thrown_away_ > kThrownAway) return close();
  }
}

void HttpConnection::take_request() {
  if (!head_done_ && !take_head()) return;
  take_body();
}

bool HttpConnection::take_head() {
  if (input_.empty()) return false;
  if (state_ == State::idle) enter(State::reading);
  const proto::HeadStep step = parser_.parse_head(input_, head_);
  switch (step.what) {
    case proto::HeadStep::What::need_more: return false;
    case proto::HeadStep::What::invalid: refuse(step.status, step.why); return false;
    case proto::HeadStep::What::done: break;
  }
  if (!begin_request()) return false;
  input_.erase(0, step.consumed);
  head_done_ = true;
  return true;
}

bool HttpConnection::begin_request() {
  request_ = {};
  request_.peer = peer_;
  request_.head_only = head_.is_head;
  request_.method = head_.is_head ? "GET" : std::string(head_.method);
  const std::size_t question = head_.target.find('?');
  request_.path = head_.target.substr(0, question);
  if (question != head_.target.npos) request_.query = head_.target.substr(question + 1);
  request_.host = head_.host;
  request_.content_type = media_type(head_);
  keep_alive_ = head_.keep_alive;
  if (head_.framing == proto::Framing::length && head_.content_length > kBody) {
    refuse(413, "too long");
    return false;
  }
  if (head_.expect_continue && head_.framing != proto::Framing::none) stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
  return true;
}

void HttpConnection::take_body() {
  std::vector<std::string_view> slices;
  const proto::BodyStep step = parser_.parse_body(input_, slices);
  if (step.invalid) return refuse(step.status, step.why);
  for (const std::string_view slice : slices) request_.body += slice;
  input_.erase(0, step.consumed);
  if (!step.complete) return;
  parser_.reset();
  head_done_ = false;
  enter(State::answering);
  owner_.on_request(*this, request_);
}

void HttpConnection::refuse(std::uint16_t status, std::string_view why) {
  keep_alive_ = false;
  request_.head_only = false;
  log_debug("control_request_refused")("status", status)("why", why)("peer_pid", peer_.pid)("peer_uid", peer_.uid);
  enter(State::answering);
  answer(error_response(status, in_numbers(status, why)));
}

void HttpConnection::answer(const HttpResponse& response) {
  if (state_ != State::answering) return;
  stream_->write(to_bytes(response, request_.head_only, !keep_alive_));
  if (keep_alive_) {
    enter(State::idle);
  } else {
    // Only our half: closing over unread bytes would reset the connection and take the answer away from a peer that still sends.
    stream_->shutdown_write();
    enter(State::ending);
  }
  advance();
}

void HttpConnection::begin_events() {
  if (state_ != State::answering) return;
  enter(State::streaming);
  stream_->write(event_stream_head());
}

bool HttpConnection::send_events(std::string_view bytes) {
  if (state_ != State::streaming || stream_->aborted()) return false;
  stream_->write(bytes);
  if (stream_->queued() <= limits_.queue) return true;
  log_warn("control_client_dropped")("peer_pid", peer_.pid)("peer_uid", peer_.uid)("why", "it does not read its events");
  close();
  return false;
}

void HttpConnection::on_deadline() {
  if (state_ == State::reading) return refuse(408, "the request took longer than 5 s");
  close();
}

void HttpConnection::close() {
  if (state_ == State::closed) return;
  enter(State::closed);
  owner_.on_closed(*this);
}

}  // namespace lastcall::control
