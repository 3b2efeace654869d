#include "proxy/tunnel.h"

namespace lastcall::proxy {
namespace {

// A side that is gone altogether takes no FIN any more, nor anything else.
bool delivered(const io::Stream& from, const io::Stream& to) { return from.ended() && (to.write_done() || to.aborted()); }

}  // namespace

bool Tunnel::pump_direction(io::Stream& from, io::Stream& to) {
  const auto way = &to == client_.get() ? WebSocketGoodbye::Way::to_client : WebSocketGoodbye::Way::to_child;
  const auto room = [&] { return to.queued() == 0 || (websocket_ && websocket_->deaf(way)); };
  for (int reads = 0; from.readable() && !from.ended() && room() && !to.failed(); ++reads) {
    if (reads == WorkerContext::kReadsPerTurn) return true;
    const auto result = from.read(context_.read_buffer());
    // A side that has had our Close is owed the time to answer it: its FIN comes with the answer, whatever the other side does (part()).
    const bool answer_due = websocket_ && websocket_->deaf(way);
    if (result.what == io::Stream::Read::end && !to.write_shut() && !answer_due) to.shutdown_write();
    if (result.what != io::Stream::Read::data) break;
    // After our own FIN in an orderly end nothing can follow on that side: late bytes have nowhere to go.
    const std::string_view bytes{context_.buffer.get(), result.size};
    if (websocket_)
      websocket_->carry(way, bytes, to);
    else if (!to.write_shut())
      to.write(bytes);
  }
  return false;
}

bool Tunnel::pump_both() {
  if (client_->connecting() || upstream_->connecting()) return false;
  bool more = pump_direction(*client_, *upstream_);
  more |= pump_direction(*upstream_, *client_);
  if (websocket_) websocket_->part(*client_, *upstream_);
  return more;
}

void Tunnel::speak_websocket(std::string_view to_client, std::string_view to_child) {
  websocket_ = std::make_unique<WebSocketGoodbye>(context_);
  websocket_->follow(WebSocketGoodbye::Way::to_client, to_client);
  websocket_->follow(WebSocketGoodbye::Way::to_child, to_child);
}

void Tunnel::say_goodbye() {
  pump_both();
  websocket_->begin(*client_, *upstream_);
}

bool Tunnel::goodbye_over() const {
  return websocket_ && websocket_->begun() && ((client_->write_shut() && upstream_->write_shut()) || websocket_->impossible());
}

Tunnel::State Tunnel::pump() {
  const bool more = pump_both();
  if (client_->failed() || upstream_->failed()) {
    // What the living side was still owed has been queued to it; a side that failed can't take more.
    const bool owed = (client_->failed() ? upstream_ : client_)->queued() > 0;
    if (!owed || (client_->failed() && upstream_->failed())) return State::broken;
  }
  if (delivered(*client_, *upstream_) && delivered(*upstream_, *client_)) return State::done;
  if (ending_ && client_->ended() && upstream_->ended() && client_->queued() == 0 && upstream_->queued() == 0) return State::done;
  if (more) return State::busy;
  return client_->ended() || upstream_->ended() || ending_ ? State::half_closed : State::open;
}

void Tunnel::end() {
  if (ending_) return;
  ending_ = true;
  pump_both();
  client_->shutdown_write();
  upstream_->shutdown_write();
}

void Tunnel::reset() {
  client_->reset();
  upstream_->reset();
}

}  // namespace lastcall::proxy
