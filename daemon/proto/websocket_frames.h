// Where the frames of a WebSocket begin and end (RFC 6455 section 5.2), so that a Close can be put between two of them (G70, G71). Follows
// one direction of a tunnel by its 2 to 14 byte headers, never looks at a payload and keeps no byte of it; knows neither masks nor
// extensions, as neither moves a boundary. Owned by a tunnel, one per direction; worker process.
//
// Contract. Feed every byte of the direction, in order, as it is passed on. follow() reads all of `bytes`; follow_frame() stops behind
// the frame under way, and says how many bytes that took: pass on exactly those, and the next byte would begin a frame. At a boundary
// follow_frame() takes nothing and returns 0. Whoever wants to say goodbye does it at_boundary(), if neither close_seen() nor broken():
// writes make_close_frame() and from then on nothing else in that direction. A control frame may stand between the frames of a
// fragmented message, so in_message() need not be waited for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastcall::proto {

class WebSocketFrames {
 public:
  void follow(std::string_view bytes);
  std::size_t follow_frame(std::string_view bytes);

  // Not within a frame: before the first byte, or right behind a whole frame. Never when broken.
  bool at_boundary() const { return place_ == Place::boundary; }
  // Bytes from here to the end of the frame, 0 at a boundary; nothing while its header does not tell yet, and when broken.
  std::optional<std::uint64_t> left_in_frame() const;
  bool in_message() const { return in_message_; }  // the next data frame continues a message
  bool close_seen() const { return close_seen_; }  // a whole Close has passed: no frame follows it in this direction
  // A header that no peer may send: where the next frame begins is unknown from here on, and for good.
  bool broken() const { return place_ == Place::broken; }
  std::uint64_t frames() const { return frames_; }  // whole ones

 private:
  enum class Place : std::uint8_t { boundary, header, payload, broken };
  bool take_header(std::uint8_t byte);  // false: broken
  void begin_payload();
  void end_frame();
  std::size_t header_size() const;

  Place place_ = Place::boundary;
  std::array<std::uint8_t, 14> header_{};
  std::uint8_t header_bytes_ = 0;
  bool in_message_ = false;
  bool close_seen_ = false;
  std::uint64_t payload_left_ = 0;
  std::uint64_t frames_ = 0;
};

inline constexpr std::uint16_t kGoingAway = 1001;  // "such as a server going down" (RFC 6455 section 7.4.1)

// A whole Close frame. `reason`: UTF-8, cut to the 123 bytes that fit. To a client without a mask; to a server masked with a fresh
// random key (RFC 6455 section 5.3), which the caller provides.
std::string make_close_frame(std::uint16_t code, std::string_view reason, std::optional<std::array<std::uint8_t, 4>> mask);

}  // namespace lastcall::proto
