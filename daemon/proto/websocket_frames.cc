#include "proto/websocket_frames.h"

#include <algorithm>

namespace lastcall::proto {
namespace {

constexpr std::uint8_t kFinal = 0x80;    // first byte
constexpr std::uint8_t kMasked = 0x80;   // second byte
constexpr std::uint8_t kLength = 0x7f;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;
constexpr std::uint8_t kOpcode = 0x0f;
constexpr std::uint8_t kControl = 0x08;  // the opcodes from 8
constexpr std::uint8_t kClose = 0x08;
constexpr std::size_t kMaxControl = 125;
constexpr std::size_t kMaxReason = kMaxControl - 2;

// UTF-8 is cut between two characters, not within one.
std::string_view cut(std::string_view reason) {
  if (reason.size() <= kMaxReason) return reason;
  std::size_t size = kMaxReason;
  while (size > 0 && (static_cast<unsigned char>(reason[size]) & 0xc0) == 0x80) --size;
  return reason.substr(0, size);
}

}  // namespace

void WebSocketFrames::follow(std::string_view bytes) {
  while (!bytes.empty() && !broken()) {
    std::size_t taken = follow_frame(bytes);
    if (taken == 0) {
      place_ = Place::header;
      taken = follow_frame(bytes);
    }
    bytes.remove_prefix(taken);
  }
}

std::size_t WebSocketFrames::follow_frame(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    switch (place_) {
      case Place::boundary:
      case Place::broken: return place_ == Place::broken ? bytes.size() : at;
      case Place::header:
        if (!take_header(static_cast<std::uint8_t>(bytes[at]))) return bytes.size();
        ++at;
        break;
      case Place::payload: {
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size() - at));
        at += size;
        payload_left_ -= size;
        if (payload_left_ == 0) end_frame();
        break;
      }
    }
  }
  return at;
}

std::size_t WebSocketFrames::header_size() const {
  const std::uint8_t length = header_[1] & kLength;
  return 2 + (length == kLength16 ? 2U : length == kLength64 ? 8U : 0U) + ((header_[1] & kMasked) != 0 ? 4U : 0U);
}

bool WebSocketFrames::take_header(std::uint8_t byte) {
  header_[header_bytes_++] = byte;
  if (header_bytes_ < 2) return true;
  if (header_bytes_ == 2) {
    // Control frames are short and whole (section 5.5). Who breaks that speaks another protocol, and nothing after it can be trusted.
    const bool control = (header_[0] & kControl) != 0;
    if (control && ((header_[0] & kFinal) == 0 || (header_[1] & kLength) > kMaxControl)) place_ = Place::broken;
  }
  // The most significant bit of a 64-bit length must be 0 (section 5.2).
  if (header_bytes_ == 3 && (header_[1] & kLength) == kLength64 && (byte & 0x80) != 0) place_ = Place::broken;
  if (broken()) return false;
  if (header_bytes_ == header_size()) begin_payload();
  return true;
}

void WebSocketFrames::begin_payload() {
  const std::uint8_t length = header_[1] & kLength;
  const std::size_t extended = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
  payload_left_ = length;
  if (extended > 0) {
    payload_left_ = 0;
    for (std::size_t i = 0; i < extended; ++i) payload_left_ = payload_left_ << 8 | header_[2 + i];
  }
  place_ = Place::payload;
  if (payload_left_ == 0) end_frame();
}

void WebSocketFrames::end_frame() {
  const std::uint8_t opcode = header_[0] & kOpcode;
  if (opcode == kClose) close_seen_ = true;
  if ((opcode & kControl) == 0) in_message_ = (header_[0] & kFinal) == 0;
  header_bytes_ = 0;
  place_ = Place::boundary;
  ++frames_;
}

std::optional<std::uint64_t> WebSocketFrames::left_in_frame() const {
  if (at_boundary()) return 0;
  if (place_ == Place::payload) return payload_left_;
  return std::nullopt;
}

std::string make_close_frame(std::uint16_t code, std::string_view reason, std::optional<std::array<std::uint8_t, 4>> mask) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  payload.append(cut(reason));
  std::string frame{static_cast<char>(kFinal | kClose), static_cast<char>((mask ? kMasked : 0) | payload.size())};
  if (mask) {
    frame.append(mask->begin(), mask->end());
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ (*mask)[i % 4]);
  }
  return frame.append(payload);
}

}  // namespace lastcall::proto
