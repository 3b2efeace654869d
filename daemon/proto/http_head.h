// The parsed heads of HTTP/1.x messages: slices into the bytes they were parsed from, valid only as long as those bytes stay put.
// A head is judged and forwarded at once, so one RequestHead and one ResponseHead per worker serve as scratch. Values; own no bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/field_id.h"

namespace lastcall::proto {

struct Field {
  std::string_view name;   // as received
  std::string_view value;  // without leading and trailing white space
  std::string_view line;   // the whole line, CRLF included: kept lines are copied in runs, byte for byte
  FieldId id = FieldId::other;
  bool hop_by_hop = false; // Connection and what it names, Keep-Alive, TE, Transfer-Encoding, Upgrade, Proxy-Connection (G65)
};

enum class Framing : std::uint8_t { none, length, chunked, until_close };

struct RequestHead {
  std::string_view method;
  std::string_view target;   // as received, in origin-form or "*"; of an absolute-form its path and query (may begin with '?')
  std::string_view host;     // the Host field's value or the absolute-form's authority (G83); empty if absent (1.0 only)
  std::string_view upgrade;  // the first Upgrade token but h2c, where Connection names upgrade (1.1 only); route_request() allows it
  std::vector<Field> fields;
  FieldIdSet present = 0;    // ids of `fields`
  std::uint64_t content_length = 0;
  std::int64_t max_forwards = -1;   // what OPTIONS may still travel after us; -1: not said. From route_request(), as the next one
  bool wants_request_id = false;    // we shall name this request
  Framing framing = Framing::none;  // never until_close; `length` means at least one byte
  bool host_from_target = false;    // `host` is the authority of an absolute-form: the Host field is replaced
  std::uint8_t minor = 1;           // HTTP/1.minor
  bool keep_alive = true;           // what the client asked for
  bool expect_continue = false;
  bool is_head = false;
  bool idempotent = false;          // RFC 9110 section 9.2.2
  bool te_trailers = false;         // TE contains trailers (1.1 only; G66, G77)
};

struct ResponseHead {
  std::uint16_t status = 0;
  std::string_view reason;
  std::string_view upgrade;  // the first token of Upgrade, with 101 and 426 only
  std::vector<Field> fields;
  FieldIdSet present = 0;  // ids of `fields`
  std::uint64_t content_length = 0;
  Framing framing = Framing::none;  // `length` means at least one byte
  std::uint8_t minor = 1;
  bool keep_alive = true;         // the child will keep its connection open after this
  bool informational = false;     // 1xx but 101: another head follows
  bool event_stream = false;      // Content-Type: text/event-stream (decision 1)
  std::uint32_t keep_alive_timeout = 0;  // Keep-Alive: timeout=N in seconds, 0 if not said (G61)
};

bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace lastcall::proto
