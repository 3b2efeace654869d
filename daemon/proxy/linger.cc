#include "proxy/linger.h"

#include <algorithm>

#include "os/tcp_info.h"

namespace lastcall::proxy {

Duration idle_linger(const io::Stream& client) {
  return std::clamp<Duration>(4 * os::round_trip(client.fd()), milliseconds(250), seconds(1));
}

bool discard_input(io::Stream& client, WorkerContext& context) {
  // A flood must not hold the loop: what is left stays readable and wakes us again by the timer.
  for (int round = 0; round < 64 && client.readable(); ++round) {
    const auto result = client.read(context.read_buffer());
    if (result.what == io::Stream::Read::would_block) break;
    if (result.what != io::Stream::Read::data) return true;
  }
  return client.failed() || client.ended();
}

}  // namespace lastcall::proxy
