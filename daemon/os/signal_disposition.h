// What another process does with a signal, as /proc says: the difference between a server that has a handler and one that merely dies, seen
// before any signal is sent. For the rehearsal; the supervisor never asks, because it stops every child in the same way.
#pragma once

#include <cstdint>
#include <string_view>

namespace lastcall::os {

enum class SignalDisposition : std::uint8_t {
  unknown,         // no /proc, or no such process
  default_action,  // ends the process, for a stop signal
  caught,          // by a handler, a signalfd or sigwait (then it is blocked, not caught, and still somebody's)
  ignored,
};

SignalDisposition signal_disposition(int pid, int signal);

// The same from the text of /proc/PID/status.
SignalDisposition parse_signal_disposition(std::string_view status, int signal);

}  // namespace lastcall::os
