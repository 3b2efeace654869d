#include "control/http_server.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace lastcall::control {

using State = HttpConnection::State;

namespace {

// Who has been answered and only has to leave, or has asked for nothing yet; the limit on streams and the handlers' own deadlines see to it
// that there is always one of these before long.
bool may_give_way(State state) { return state == State::ending || state == State::idle || state == State::reading; }

}  // namespace

HttpServer::HttpServer(io::Poller& poller, UniqueFd listener, HttpHandler& handler, ServerLimits limits)
    : poller_(poller),
      listener_(std::move(listener)),
      handler_(handler),
      limits_(limits),
      acceptor_(poller.loop(), listener_.get(), [this](UniqueFd socket, const Address&) { accept(std::move(socket)); }) {
  acceptor_.start();
}

HttpServer::~HttpServer() = default;

std::size_t HttpServer::streams() const {
  return static_cast<std::size_t>(std::ranges::count_if(connections_, [](const auto& one) { return one->state() == State::streaming; }));
}

void HttpServer::accept(UniqueFd socket) {
  const auto peer = handler_.admit(socket.get());
  if (!peer || (connections_.size() >= limits_.connections && !make_room(*peer))) return;
  auto connection = HttpConnection::open(poller_, std::move(socket), next_id_++, *peer, limits_, *this);
  HttpConnection& opened = *connection;
  connections_.push_back(std::move(connection));
  opened.start();
}

// The process that holds the most gives way: were it the oldest of all, a flood would push out whoever has connected and not yet had the
// time to ask. Of its connections, the one that has said nothing for longest, be it between requests or within one.
bool HttpServer::make_room(const Peer& newcomer) {
  std::map<int, int> held{{newcomer.pid, 1}};
  for (const auto& one : connections_) ++held[one->peer().pid];
  const auto rank = [&](const HttpConnection& one) {
    return std::tuple(-held[one.peer().pid], one.state() != State::ending, one.since());
  };
  HttpConnection* victim = nullptr;
  for (const auto& one : connections_)
    if (may_give_way(one->state()) && (victim == nullptr || rank(*one) < rank(*victim))) victim = one.get();
  if (victim != nullptr) victim->close();
  return victim != nullptr;
}

HttpConnection* HttpServer::find(std::uint64_t id) {
  const auto found = std::ranges::find_if(connections_, [&](const auto& one) { return one->id() == id; });
  return found == connections_.end() ? nullptr : found->get();
}

void HttpServer::on_request(HttpConnection& connection, const HttpRequest& request) { handler_.handle(request, Reply(*this, connection.id())); }

void HttpServer::on_closed(HttpConnection& connection) {
  const auto found = std::ranges::find_if(connections_, [&](const auto& one) { return one.get() == &connection; });
  if (found == connections_.end()) return;
  closed_.splice(closed_.end(), connections_, found);
  acceptor_.on_descriptor_freed();
  poller_.loop().defer(*this);
}

void Reply::send(const HttpResponse& response) {
  if (HttpConnection* connection = server_->find(connection_)) connection->answer(response);
}

bool Reply::begin_events() {
  HttpConnection* connection = server_->find(connection_);
  if (connection == nullptr) return false;
  if (server_->streams() < server_->limits_.streams) {
    connection->begin_events();
    return true;
  }
  connection->answer(error_response(503, "too many event streams are open; close one and try again"));
  return false;
}

bool Reply::send_events(std::string_view bytes) {
  HttpConnection* connection = server_->find(connection_);
  return connection != nullptr && connection->send_events(bytes);
}

}  // namespace lastcall::control
