// The phases of the service's life, in order (docs/design.md, section 3). The identifier is the word in the log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lastcall::core {

enum class Phase : std::uint8_t {
  starting,        // child launched, not ready
  serving,         // child ready, requests flow
  lame_duck,       // T0 has come; still accepting, every answer says close; ends by time only
  draining,        // listeners close; finite requests and jobs finish
  ending_streams,  // idle connections, streams and tunnels end in parallel; late requests are still served
  sealing,         // every living worker promises to send the child nothing new (docs/design.md, 1.1); late requests finish
  emptying,        // the drained hooks write away what is still buffered; nothing is in flight any more
  stopping,        // the child has its stop signal; its descendants follow when it is gone
  killing,         // the deadline fired: SIGKILL for everything of the child's
  flushing,        // the child is gone, but bytes that it already sent belong to clients; meanwhile the cleanup hooks run
  leaving,         // the exit code is decided; the exit hooks are told
  exiting,         // nothing left to do but leave with the right code
};

inline constexpr std::size_t kPhaseCount = 12;

std::string_view to_string(Phase phase);

}  // namespace lastcall::core
