// The list of a worker's client connections as it lies in the memory that `list` lends (docs/design.md 1.1): a count, then fixed rows of 256
// bytes, oldest first. The worker writes, the supervisor reads and trusts nothing: counts are clamped, texts made printable. Both processes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lastcall::proto {

struct ConnectionRow {
  enum class Kind : std::uint8_t { idle, finite, stream, lingering };
  enum class State : std::uint8_t { waiting_for_request, waiting_for_child, sending_to_child, answering, tunnel, closing };
  std::uint64_t age_ms;  // of what it is doing now
  std::uint64_t bytes_in, bytes_out;
  static constexpr std::uint32_t kNoInstance = UINT32_MAX;
  std::uint32_t instance;         // its number, where its request or stream has a copy of the child; else kNoInstance
  Kind kind;
  State state;
  std::uint8_t peer_size, request_size;
  std::array<char, 64> peer;      // "192.0.2.1:4711"
  std::array<char, 160> request;  // the request line, printable

  void set_peer(std::string_view text);
  void set_request(std::string_view line);  // up to its first CR; what is not printable becomes '?'
  std::string peer_text() const;
  std::string request_text() const;
};
static_assert(sizeof(ConnectionRow) == 256, "a row has 256 bytes in both processes");

struct ConnectionPage {
  static constexpr std::size_t kMost = 1000;
  std::uint64_t count;  // of rows
  std::uint64_t total;  // of connections; may be more
  std::array<ConnectionRow, kMost> rows;
};

std::string_view to_string(ConnectionRow::Kind kind);    // "unknown" for what no worker of ours writes
std::string_view to_string(ConnectionRow::State state);

}  // namespace lastcall::proto
