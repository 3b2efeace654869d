// Turns away new connections at a listener without touching those that already shook hands (G4): a classic BPF filter that drops pure
// SYNs. The clients retransmit after a second, when the port is closed or has a new owner. Never for a socket that somebody else
// accepts from (G149, G150). Worker and supervisor at the end of accepting.
#pragma once

namespace lastcall::os {

bool attach_syn_filter(int listener);  // false: not permitted here (needs CAP_NET_ADMIN on some kernels); go on without
void detach_filter(int fd);            // also from sockets accepted meanwhile, which inherit it (G5)

}  // namespace lastcall::os
