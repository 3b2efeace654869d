// What each kind of session says of itself in a list of connections.
#include "proxy/http1_session.h"
#include "proxy/tcp_session.h"

namespace lastcall::proxy {
namespace {

using Row = proto::ConnectionRow;

void add_bytes(Row& row, const io::Stream& client) {
  row.bytes_in = client.bytes_read();
  row.bytes_out = client.bytes_written();
}

}  // namespace

void Http1Session::describe(Row& row) const {
  // A trusted peer has announced the client: that is whom people look for.
  const std::string_view host(peer_.data(), peer_size_);
  if (!row.peer_text().starts_with(host) && !host.empty() && host != "unix") row.set_peer(host);
  if (client_) add_bytes(row, *client_);
  if (tunnel_) {
    add_bytes(row, tunnel_->client());
    row.set_request(tunnel_->request_line());
  }
  switch (state_) {
    case State::between: row.state = Row::State::waiting_for_request; break;
    case State::tunnelling: row.state = Row::State::tunnel; break;
    case State::lingering: row.state = Row::State::closing; break;
    case State::exchanging:
      row.state = !exchange_->upstream           ? Row::State::waiting_for_child
                  : !exchange_->request_complete ? Row::State::sending_to_child
                                                 : Row::State::answering;
      break;
  }
  if (exchange_) row.set_request(exchange_->upstream_head);
}

void TcpSession::describe(Row& row) const {
  row.state = tunnel_ ? Row::State::tunnel : Row::State::waiting_for_child;
  if (tunnel_) add_bytes(row, tunnel_->client());
}

}  // namespace lastcall::proxy
