#include "proxy/linger.h"

namespace lastcall::proxy {

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
