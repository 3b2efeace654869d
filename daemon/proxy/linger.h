// The lingering close of a client connection that we end first (G21, G22): FIN after what is queued, then read and discard until the
// client's FIN, so that unread bytes do not turn our close into a reset that destroys the answer. A helper of sessions; owns nothing.
#pragma once

#include "base/time.h"
#include "io/stream.h"
#include "proxy/worker_context.h"

namespace lastcall::proxy {

struct LingerTimes {
  Duration quiet;  // without a byte
  Duration total;
};

// 5 s and 30 s normally, 1 s and 1 s while ending: a client that never closes delays our exit by at most a second (decision 2).
inline LingerTimes linger_times(const WorkerContext& context) {
  if (context.leaving()) return {seconds(1), seconds(1)};
  return {seconds(5), seconds(30)};
}

// While ending, a client that was idle is owed nothing: the wait only has to outlast a request that crossed our FIN. Four round trips,
// from 250 ms to 1 s; a browser keeps its side open for longer than that and must not hold the exit (decision 2).
Duration idle_linger(const io::Stream& client);

// Reads and forgets what is there; true: the client has closed or is gone, the connection may be closed.
bool discard_input(io::Stream& client, WorkerContext& context);

}  // namespace lastcall::proxy
