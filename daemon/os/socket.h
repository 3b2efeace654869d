// Sockets as lastcall makes them: listeners that survive a restart at once but never share a port (G17-G20), accepts whose failures are
// outcomes (G14, G16), connects that never block, and the options of a proxied connection (G31-G33). Every descriptor is CLOEXEC and
// non-blocking. Used by supervisor (listeners, probes) and worker (connections); holds no state.
#pragma once

#include <cstdint>
#include <utility>

#include "base/address.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace lastcall::os {

struct ListenOptions {
  int backlog = 4096;         // clamped by net.core.somaxconn (G17)
  unsigned unix_mode = 0660;  // of a Unix socket's path; set before listen(), so nobody connects under a wider one
};

// Bound and listening. ":port" falls back to 0.0.0.0 where the machine has no IPv6. Error.code is bind's errno (EADDRINUSE, EACCES).
// A Unix path is unlinked first only when a connect to it is refused, that is, when nobody serves it any more. Accepted sockets
// inherit tune_connection()'s options from this listener.
Result<UniqueFd> listen_on(const Address& address, const ListenOptions& options = {});

Result<Address> local_address(int fd);
Result<Address> peer_address(int fd);

// For connections to the child: the kernel keeps at most about 512 KiB of what it sent and we did not read. Begins a connect; success also while it is in progress. A Unix socket whose backlog is full gives code EAGAIN (G200): try again later.
Result<UniqueFd> connect_to(const Address& address);
int connect_error(int fd);  // SO_ERROR: how the connect ended; 0 is success. Clears it

bool is_readable(int fd);     // now; of a listener: somebody waits in its queue

struct AcceptResult {
  enum class Outcome : std::uint8_t {
    accepted,
    empty,           // EAGAIN: the queue is drained
    transient,       // this one connection is gone or was refused by a firewall; the next may be fine (G16)
    no_descriptors,  // EMFILE, ENFILE, ENOBUFS, ENOMEM: pause, the backlog holds (G14)
    failed,          // the listener itself is broken
  };
  Outcome outcome = Outcome::failed;
  int error = 0;  // errno unless accepted
  UniqueFd socket;
  Address peer;
};
AcceptResult accept_connection(int listener);

// TCP: no Nagle, at most 128 KiB unsent in the kernel (G94), 30 s for unacknowledged data (G31), keepalive (G32). Also for a listener,
// whose connections inherit it; needed by hand only for listeners that we did not create. Nothing to do for Unix sockets.
void tune_connection(int fd, int family);

void set_reset_on_close(int fd);  // close() sends RST and drops what is queued (G27)

// Two connected SOCK_SEQPACKET ends, non-blocking: the channel between supervisor and worker.
Result<std::pair<UniqueFd, UniqueFd>> seqpacket_pair();

// The other end of a connected Unix socket, by SO_PEERCRED.
struct PeerCredentials {
  int pid = 0;
  unsigned uid = 0;
  unsigned gid = 0;
};
Result<PeerCredentials> peer_credentials(int fd);

Status set_nonblocking(int fd);  // for descriptors that somebody else made, such as inherited listeners

}  // namespace lastcall::os
