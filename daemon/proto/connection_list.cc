#include "proto/connection_list.h"

#include <algorithm>

namespace lastcall::proto {
namespace {

constexpr bool printable(char c) { return c >= 0x20 && c < 0x7f; }

template <std::size_t N>
std::uint8_t copy(std::array<char, N>& into, std::string_view text) {
  const std::size_t size = std::min(text.size(), N);
  std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), into.begin(), [](char c) { return printable(c) ? c : '?'; });
  return static_cast<std::uint8_t>(size);
}

// Once more on the reading side: a worker that was taken over may write anything.
template <std::size_t N>
std::string text_of(const std::array<char, N>& from, std::uint8_t size) {
  std::array<char, N> clean{};
  const std::uint8_t kept = copy(clean, {from.data(), std::min<std::size_t>(size, N)});
  return {clean.data(), kept};
}

}  // namespace

void ConnectionRow::set_peer(std::string_view text) { peer_size = copy(peer, text); }
void ConnectionRow::set_request(std::string_view line) { request_size = copy(request, line.substr(0, line.find('\r'))); }
std::string ConnectionRow::peer_text() const { return text_of(peer, peer_size); }
std::string ConnectionRow::request_text() const { return text_of(request, request_size); }

std::string_view to_string(ConnectionRow::Kind kind) {
  switch (kind) {
    case ConnectionRow::Kind::idle: return "idle";
    case ConnectionRow::Kind::finite: return "request";
    case ConnectionRow::Kind::stream: return "stream";
    case ConnectionRow::Kind::lingering: return "closing";
  }
  return "unknown";
}

std::string_view to_string(ConnectionRow::State state) {
  switch (state) {
    case ConnectionRow::State::waiting_for_request: return "waiting for a request";
    case ConnectionRow::State::waiting_for_child: return "waiting for the command";
    case ConnectionRow::State::sending_to_child: return "sending to the command";
    case ConnectionRow::State::answering: return "answering";
    case ConnectionRow::State::tunnel: return "tunnel";
    case ConnectionRow::State::closing: return "closing";
  }
  return "unknown";
}

}  // namespace lastcall::proto
