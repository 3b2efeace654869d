#include "control/control_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "base/address.h"
#include "os/clock.h"
#include "os/socket.h"
#include "proto/http1_response.h"

namespace lastcall::control {
namespace {

constexpr Duration kPatience = seconds(10);
constexpr std::size_t kMostBytes = 16 * 1024 * 1024;  // of an answer

// Until the socket is ready or the deadline has come.
bool wait_for(int fd, short events, TimePoint deadline) {
  for (;;) {
    const Duration left = deadline == kNever ? kInfinite : deadline - os::now();
    if (left <= Duration::zero()) return false;
    pollfd one{.fd = fd, .events = events, .revents = 0};
    const int count = ::poll(&one, 1, left == kInfinite ? -1 : static_cast<int>(std::min<std::int64_t>(to_ms(left) + 1, 1'000'000)));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
}

Error no_answer() { return {ETIMEDOUT, "lastcall does not answer"}; }

}  // namespace

Result<ControlClient> ControlClient::connect(const std::string& name) {
  const TimePoint deadline = os::now() + kPatience;
  const Address address = TRY(Address::parse("unix:" + name));
  for (;;) {
    auto socket = os::connect_to(address);
    if (socket) return ControlClient(std::move(socket).value());
    if (socket.error().code != EAGAIN || os::now() >= deadline) return socket.error();
    (void)::poll(nullptr, 0, 10);  // its queue is full: others ask, too
  }
}

Status ControlClient::send(std::string_view bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EINTR) {
      return system_error("the control socket");
    } else if (!wait_for(socket_.get(), POLLOUT, deadline)) {
      return no_answer();
    }
  }
  return {};
}

Result<bool> ControlClient::receive(std::string& into, TimePoint deadline) {
  char buffer[65536];
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    if (size > 0) into.append(buffer, static_cast<std::size_t>(size));
    if (size >= 0) return size > 0;
    if (errno != EAGAIN && errno != EINTR) return system_error("the control socket");
    if (!wait_for(socket_.get(), POLLIN, deadline)) return no_answer();
  }
}

Result<ControlAnswer> ControlClient::ask(std::string_view method, std::string_view path, std::string_view body) {
  const TimePoint deadline = os::now() + kPatience;
  const std::string type = body.empty() ? "" : "Content-Type: application/json\r\n";
  TRY(send(fmt::format("{} {} HTTP/1.1\r\nHost: lastcall\r\n{}Content-Length: {}\r\n\r\n{}", method, path, type, body.size(), body), deadline));
  proto::ResponseParser parser({});
  parser.reset(false);
  proto::ResponseHead head;
  std::string bytes;
  proto::HeadStep step;
  while ((step = parser.parse_head(bytes, head)).what == proto::HeadStep::What::need_more)
    if (!TRY(receive(bytes, deadline))) return Error{ECONNRESET, "lastcall closed the connection: it does not let this user in, or it left"};
  if (step.what == proto::HeadStep::What::invalid) return Error{EPROTO, "this is no control socket of lastcall"};
  ControlAnswer answer{.status = head.status, .body = {}};
  bytes.erase(0, step.consumed);
  for (;;) {
    std::vector<std::string_view> slices;
    const proto::BodyStep part = parser.parse_body(bytes, slices);
    for (const std::string_view slice : slices) answer.body += slice;
    if (part.invalid || answer.body.size() > kMostBytes) return Error{EPROTO, "an answer that can't be read"};
    if (part.complete) return answer;
    bytes.erase(0, part.consumed);
    if (!TRY(receive(bytes, deadline))) return Error{ECONNRESET, "lastcall left in the middle of its answer"};
  }
}

Status ControlClient::follow(const std::function<bool(std::string_view, std::string_view)>& on_event) {
  TRY(send("GET /v1/events HTTP/1.1\r\nHost: lastcall\r\n\r\n", os::now() + kPatience));
  std::string bytes;
  bool head = true;
  while (TRY(receive(bytes, kNever))) {
    for (std::size_t end; (end = bytes.find(head ? "\r\n\r\n" : "\n\n")) != bytes.npos;) {
      const std::string block = bytes.substr(0, end);
      bytes.erase(0, end + (head ? 4 : 2));
      if (std::exchange(head, false)) {
        if (!block.starts_with("HTTP/1.1 200 ")) return Error{EPROTO, "no events here: " + block.substr(0, block.find('\r'))};
        continue;
      }
      const std::size_t data = block.find("\ndata: ");
      if (!block.starts_with("event: ") || data == block.npos) continue;  // a comment that keeps the connection alive
      if (!on_event(std::string_view(block).substr(7, data - 7), std::string_view(block).substr(data + 7))) return {};
    }
    if (bytes.size() > kMostBytes) return Error{EPROTO, "events that can't be read"};
  }
  return {};
}

}  // namespace lastcall::control
