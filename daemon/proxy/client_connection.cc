#include "proxy/client_connection.h"

#include <algorithm>

namespace lastcall::proxy {

std::unique_ptr<io::Stream> ClientConnection::open(io::Poller& poller, io::StreamOwner& owner) {
  if (stream) {
    stream->set_owner(owner);
    return std::move(stream);
  }
  auto adopted = io::Stream::adopt(poller, std::move(socket), owner);
  return adopted ? std::move(adopted).value() : nullptr;
}

bool is_trusted(const config::ForwardSettings& settings, const Address& peer) {
  return std::any_of(settings.trust.begin(), settings.trust.end(), [&](const Network& network) { return network.contains(peer); });
}

}  // namespace lastcall::proxy
