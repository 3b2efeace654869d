// A client's connection on its way to the session that serves it, and who is at its other end: by the socket, or by what a trusted peer's
// PROXY header announced. Made by the worker for each accepted connection; the session takes the stream and what it wants to know.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/unique_fd.h"
#include "config/forward_settings.h"
#include "io/stream.h"

namespace lastcall::proxy {

struct ClientConnection {
  UniqueFd socket = {};                     // as it was accepted; or
  std::unique_ptr<io::Stream> stream = {};  // opened already
  Address peer = {};                        // the client
  std::optional<Address> server = {};       // where it connected, if that was announced; else the socket knows
  bool trusted = false;                     // by `trust`: what it says about its own clients is passed on (G95)

  // With `owner` to hear of it.
  std::unique_ptr<io::Stream> open(io::Poller& poller, io::StreamOwner& owner);
};

// The PROXY header by which the child shall know this client (G207), whose socket is `fd`; null where none is sent.
std::unique_ptr<std::string> announcement(config::ProxySend version, const ClientConnection& client, int fd);

bool is_trusted(const config::ForwardSettings& settings, const Address& peer);

}  // namespace lastcall::proxy
