// The messages between supervisor and worker (docs/design.md 1.1): {type u16, size u16, seq u32} and a fixed-size body. Whole states,
// not deltas, so a newer one may replace an older one of the same key. Both ends are one build, in host byte order; decode() refuses
// unknown types and wrong sizes. Times are absolute CLOCK_MONOTONIC nanoseconds (TimePoint). Both processes; fuzzed.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "base/address.h"
#include "base/time.h"

namespace lastcall::proto {

enum class InstanceState : std::uint32_t { starting, ready, retiring, gone };

namespace message {

// Supervisor to worker.
struct Upstreams {  // where the child is; one entry per instance
  static constexpr std::uint16_t kType = 1;
  static constexpr std::size_t kMax = 16;
  struct Entry {
    std::uint32_t instance;
    InstanceState state;
    sockaddr_storage address;
    std::uint32_t address_size;
    std::uint32_t number;  // what people call it (INSTANCE): for lists and logs, never for a decision
  };
  std::uint64_t version;
  std::uint32_t count;
  std::uint32_t reserved;
  std::array<Entry, kMax> entries;
};
struct PhaseChange {
  static constexpr std::uint16_t kType = 2;
  std::uint64_t version;
  std::uint32_t phase;  // core::Phase as a number; proto does not know core
  std::uint32_t reserved;
  std::int64_t t0, lame, drain, kill, exit;  // kNever where there is none
};
struct StopAccepting {
  static constexpr std::uint16_t kType = 3;
  std::uint32_t take_queue;  // 1: sweep the accept queue; 0: leave it to whoever shares the socket (G149, G150)
  std::uint32_t reserved;
};
struct EndStreams {
  static constexpr std::uint16_t kType = 4;
  std::int64_t deadline;
};
struct Seal {  // no new request to that instance, until a newer `Upstreams` says that it is ready; once the service ends: never again
  static constexpr std::uint16_t kType = 5;
  std::uint32_t instance;
  std::uint32_t reserved;
};
struct Finish {  // flush what clients are owed, close everything, exit
  static constexpr std::uint16_t kType = 6;
  std::int64_t deadline;
};
struct DropFinite {  // the drain deadline fired: count what still runs as dropped
  static constexpr std::uint16_t kType = 7;
  std::uint64_t reserved;
};
struct SetLogLevel {
  static constexpr std::uint16_t kType = 8;
  std::uint32_t level;
  std::uint32_t reserved;
};
struct Ping {
  static constexpr std::uint16_t kType = 9;
  std::uint64_t number;
};
struct TakeConnection {  // carries one accepted socket: what the supervisor's own last sweep found
  static constexpr std::uint16_t kType = 10;
  std::uint32_t listener;  // index in the order of the settings
  std::uint32_t reserved;
};
struct List {  // carries the memory for the rows (proto/connection_list)
  static constexpr std::uint16_t kType = 11;
  std::uint64_t number;
};

struct ReopenLog {  // carries the file, opened anew: what is written from now on goes there
  static constexpr std::uint16_t kType = 12;
  enum Which : std::uint64_t { access, own };
  std::uint64_t number;
  std::uint64_t which;
};

// Worker to supervisor.
struct Hello {
  static constexpr std::uint16_t kType = 64;
  std::array<char, 64> build;  // a mismatch ends the worker
};
struct Ack {
  static constexpr std::uint16_t kType = 65;
  std::uint64_t phase_version;
};
struct CensusReport {
  static constexpr std::uint16_t kType = 66;
  static constexpr std::size_t kMax = Upstreams::kMax;
  struct Entry {  // what runs at one instance: requests and streams that have a connection to it
    std::uint32_t instance;
    std::uint32_t sealed;  // 1: counted after the seal: what is zero here stays zero
    std::uint64_t finite, streams;
  };
  std::uint64_t phase_version;
  std::uint64_t finite, streams, waiting, idle;  // of the worker as a whole: also what has not reached an instance, or has left it
  std::uint64_t oldest_ms;
  std::uint32_t count;
  std::uint32_t reserved;
  std::array<Entry, kMax> entries;  // those that the newest Upstreams names, and those at which something still runs
};
struct StoppedAccepting {
  static constexpr std::uint16_t kType = 67;
  std::uint64_t swept;  // connections taken from the queue after the decision to stop
};
struct Sealed {
  static constexpr std::uint16_t kType = 68;
  std::uint32_t instance;
  std::uint32_t reserved;
};
struct UpstreamFailed {
  static constexpr std::uint16_t kType = 69;
  std::uint32_t instance;
  std::int32_t error;  // errno
};
struct Finished {
  static constexpr std::uint16_t kType = 70;
  std::uint64_t reserved;
};
struct Pong {
  static constexpr std::uint16_t kType = 71;
  std::uint64_t number;
};
struct Listed {  // the rows of that `list` are written
  static constexpr std::uint16_t kType = 72;
  std::uint64_t number;
};
struct LogReopened {  // nothing of it is written to the file before any more
  static constexpr std::uint16_t kType = 73;
  std::uint64_t number;
};

}  // namespace message

using ToWorker = std::variant<message::Upstreams, message::PhaseChange, message::StopAccepting, message::EndStreams, message::Seal,
                              message::Finish, message::DropFinite, message::SetLogLevel, message::Ping, message::TakeConnection,
                              message::List, message::ReopenLog>;
using ToSupervisor = std::variant<message::Hello, message::Ack, message::CensusReport, message::StoppedAccepting, message::Sealed,
                                  message::UpstreamFailed, message::Finished, message::Pong, message::Listed, message::LogReopened>;

struct MessageHeader {
  std::uint16_t type;
  std::uint16_t size;  // of the body
  std::uint32_t seq;
};

template <class Body>
std::string encode(const Body& body, std::uint32_t seq) {
  const MessageHeader header{Body::kType, sizeof(Body), seq};
  std::string bytes(sizeof header + sizeof body, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &body, sizeof body);
  return bytes;
}

// Nothing: unknown type, wrong size, or a count out of range.
std::optional<ToWorker> decode_to_worker(std::span<const char> bytes);
std::optional<ToSupervisor> decode_to_supervisor(std::span<const char> bytes);

// Different in every build, equal in both processes of one binary.
std::string_view build_id();

}  // namespace lastcall::proto
