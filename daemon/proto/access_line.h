// One line of the access log: Apache's combined format with what a proxy knows behind it, or a JSON object. What a client wrote is
// escaped so that no request can end its line, leave its quotes, or pass for another field: in combined as \xNN, in JSON as \u00NN, and
// bytes above 127 likewise. Bounded: long values are cut and end in "...", so that a whole line fits a pipe's 4096 bytes. Pure
// functions; worker process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace lastcall::proto {

// How a request, or a connection of --tcp, came to its end.
enum class AccessOutcome : std::uint8_t {
  ok,
  client_gone,          // the client left first
  upstream_failed,      // the child was not there, or broke off
  refused,              // answered by us: the request or the phase did not allow it to pass
  stream_ended,         // a stream or tunnel, by policy as the service ended
  dropped_at_deadline,
};
std::string_view to_string(AccessOutcome outcome);

struct AccessLine {
  // Of the values that a client wrote, escaped: what is longer is cut.
  static constexpr std::size_t kMaxRequest = 2000, kMaxReferer = 700, kMaxUserAgent = 500, kMaxId = 128;
  static constexpr std::size_t kMaxSize = 4096;

  std::int64_t unix_ms = 0;       // when it began, milliseconds since 1970
  std::string_view client = {};
  std::string_view request = {};  // the request line as it came; empty for --tcp
  std::string_view referer = {};
  std::string_view user_agent = {};
  std::string_view id = {};       // request id
  std::string_view phase = {};    // of the service, at the end
  std::uint64_t bytes_sent = 0;   // to the client, heads and framing included
  std::optional<std::uint64_t> bytes_received = {};  // --tcp only
  Duration duration{0};
  std::optional<Duration> connect = {};     // to the child; nothing on a connection that was there already
  std::optional<Duration> first_byte = {};  // from asking for a connection to the child's first byte
  std::uint64_t in_flight = 0;              // requests when it began, itself included
  std::optional<std::uint32_t> instance = {};
  std::uint16_t status = 0;                 // 0: none was sent, as with --tcp
  AccessOutcome outcome = AccessOutcome::ok;
};

void append_combined(std::string& out, const AccessLine& line);
void append_json(std::string& out, const AccessLine& line);

}  // namespace lastcall::proto
