#include "proxy/client_connection.h"

#include <algorithm>

#include "os/socket.h"
#include "proto/proxy_header.h"

namespace lastcall::proxy {

std::unique_ptr<io::Stream> ClientConnection::open(io::Poller& poller, io::StreamOwner& owner) {
  if (stream) {
    stream->set_owner(owner);
    return std::move(stream);
  }
  return io::Stream::adopt(poller, std::move(socket), owner);
}

std::unique_ptr<std::string> announcement(config::ProxySend version, const ClientConnection& client, int fd) {
  if (version == config::ProxySend::off) return nullptr;
  // Unspecified where the kernel does not know: then the header says UNKNOWN.
  Address server;
  if (client.server)
    server = *client.server;
  else if (auto local = os::local_address(fd))
    server = local.value();
  auto header = std::make_unique<std::string>();
  version == config::ProxySend::v1 ? proto::append_proxy_header_v1(*header, client.peer, server)
                                   : proto::append_proxy_header_v2(*header, client.peer, server);
  return header;
}

bool is_trusted(const config::ForwardSettings& settings, const Address& peer) {
  return std::any_of(settings.trust.begin(), settings.trust.end(), [&](const Network& network) { return network.contains(peer); });
}

}  // namespace lastcall::proxy
