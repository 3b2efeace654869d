#include "recording_child.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace lastcall::test {
namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::vector<int> statuses_in(std::string_view bytes) {
  std::vector<int> statuses;
  while (!bytes.empty()) {
    ResponseParser parser;
    bytes.remove_prefix(parser.feed(bytes));
    if (!parser.complete()) parser.end_of_input();
    statuses.push_back(parser.complete() ? parser.response().status : -1);
    if (!parser.complete()) break;
  }
  return statuses;
}

}  // namespace

void RecordingChild::take_new() {
  while (child_.asked()) connections_.push_back({child_.accept(), "", 0, true});
}

void RecordingChild::serve(Connection& connection) {
  const Ending ending = connection.socket.read_some(connection.received, 0ms);
  const std::size_t whole = read_requests(connection.received, {}).targets.size();
  for (; connection.answered < whole; ++connection.answered) connection.socket.send(kAnswer);
  if (ending != Ending::fin && ending != Ending::reset) return;
  connection.open = false;
  connection.socket.shutdown_write();
}

bool RecordingChild::turn(int client) {
  std::vector<pollfd> entries{{child_.fd(), POLLIN, 0}, {client, POLLIN, 0}};
  for (const Connection& connection : connections_) {
    entries.push_back({connection.open ? connection.socket.fd() : -1, POLLIN, 0});
  }
  if (::poll(entries.data(), entries.size(), static_cast<int>(kPatience.count())) <= 0) return false;
  for (std::size_t i = 0; i + 2 < entries.size(); ++i) {
    if (entries[i + 2].revents != 0) serve(connections_[i]);
  }
  take_new();
  return true;
}

Outcome RecordingChild::converse(std::uint16_t port, std::string_view bytes, std::size_t piece) {
  std::erase_if(connections_, [](const Connection& connection) { return !connection.open; });
  for (Connection& connection : connections_) connection.received.clear(), connection.answered = 0;

  TcpClient client(port);
  const int on = 1;
  ::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (!client.send(bytes.substr(at, piece))) break;  // refused before its end: what came back tells how
  }
  client.shutdown_write();
  Outcome outcome;
  while (outcome.ending == Ending::none) {
    if (!turn(client.fd())) outcome.ending = Ending::timeout;
    pollfd entry{client.fd(), POLLIN, 0};
    while (outcome.ending == Ending::none && ::poll(&entry, 1, 0) > 0) outcome.ending = client.read_some(outcome.answers, 0ms);
  }
  // What was sent to us was sent before the client's connection ended.
  take_new();
  for (Connection& connection : connections_) serve(connection);

  outcome.statuses = statuses_in(outcome.answers);
  for (const Connection& connection : connections_) {
    if (connection.received.empty()) continue;
    outcome.received.push_back(connection.received);
    const Reading reading = read_requests(connection.received, {});
    outcome.targets.insert(outcome.targets.end(), reading.targets.begin(), reading.targets.end());
  }
  return outcome;
}

}  // namespace lastcall::test
