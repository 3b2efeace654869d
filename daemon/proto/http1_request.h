// Reads HTTP/1.x requests: lines, start line, fields and the framing of bodies, and refuses all that the RFCs forbid (G80 to G92);
// llhttp must agree on the framing. Bytes in, slices out: buffers nothing, touches no socket. One per exchange in a worker; reset() for
// the next message.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "proto/http_head.h"

namespace lastcall::proto {

struct HttpLimits {
  std::size_t request_line = 8 * 1024;  // 414 beyond (RFC 9112 section 3: at least 8000)
  std::size_t head = 64 * 1024;         // 431 beyond; 502 for a response
  std::size_t fields = 128;
  std::size_t chunk_extensions = 4096;  // per message; 400 beyond (G85)
  std::size_t trailers = 8 * 1024;
  std::uint64_t body = UINT64_MAX;      // of a request; 413 beyond
};

struct HeadStep {
  enum class What : std::uint8_t { need_more, done, invalid } what = What::need_more;
  std::size_t consumed = 0;    // with done: the head's length, final CRLF included
  std::uint16_t status = 400;  // with invalid: what to answer (400, 405, 413, 414, 431, 501, 505); 502 for a response
  const char* why = "";        // with invalid: a static text for the log
};

struct BodyStep {
  std::size_t consumed = 0;  // of the bytes given; bytes after a complete message are not consumed
  bool complete = false;     // the message ends here
  bool invalid = false;
  std::uint16_t status = 400;  // with invalid, of a request: what to answer (400, 413)
  const char* why = "";
  std::string_view trailers;   // with complete: field lines to pass on, where they were asked for; valid until the next message
};

class RequestParser {
 public:
  explicit RequestParser(const HttpLimits& limits);
  ~RequestParser();
  void reset();

  // `data` starts at the message's first byte and must contain all that was given before: on need_more the caller keeps the bytes and
  // calls again with more. Scanning is resumed, so a byte at a time costs no more than all at once. Empty lines before a request are
  // skipped (RFC 9112 section 2.2) and counted in `consumed`.
  HeadStep parse_head(std::string_view data, RequestHead& head);
  bool head_begun(std::string_view data) const;  // at least one byte of a request line is there (G52)

  // After a done head with a body. Appends the payload's slices to `slices` (framing removed). Complete at once where there is none.
  BodyStep parse_body(std::string_view data, std::vector<std::string_view>& slices);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lastcall::proto
