// What requests and responses have in common in reading their fields: the options of Connection, the framing of the body, and the
// fields that stay behind at each hop (RFC 9110 section 7.6.1, RFC 9112 section 6, G65, G84). Values and pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/fault.h"
#include "proto/http_head.h"

namespace lastcall::proto {

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
  bool nominates = false;  // names fields of its own
  unsigned count = 0;
};

struct FramingFields {
  unsigned lengths = 0;  // Content-Length lines
  bool length_valid = true;
  std::uint64_t length = 0;
  unsigned coding_lines = 0;  // Transfer-Encoding lines
  unsigned codings = 0;
  bool chunked = false;  // the last coding
  bool chunked_early = false;
  bool other_coding = false;
};

struct MessageFields {
  ConnectionOptions connection;
  FramingFields framing;
};

// Fields that never cross a hop as they are; what still holds of them is written anew.
inline constexpr FieldIdSet kHopByHop = FieldId::connection | FieldId::keep_alive | FieldId::proxy_connection | FieldId::te |
                                        FieldId::transfer_encoding | FieldId::upgrade | FieldId::http2_settings | FieldId::trailer;

// Reads one field into `found` and sets its hop_by_hop.
void read_common_field(Field& field, MessageFields& found);
// After all fields: those that Connection names stay behind too, but for the ones that no Connection may remove.
Fault mark_nominated(std::vector<Field>& fields, const ConnectionOptions& connection);

}  // namespace lastcall::proto
