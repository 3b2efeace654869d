#include "proto/message_fields.h"

#include "proto/http_syntax.h"

namespace lastcall::proto {
namespace {

// Each option is compared with each field: the bound keeps a head of 64 KiB from costing millions of comparisons.
constexpr unsigned kMaxConnectionOptions = 64;

// "MUST NOT send a connection option corresponding to a field intended for all recipients" (RFC 9110 section 7.6.1).
constexpr FieldIdSet kProtected = FieldId::host | FieldId::content_length | FieldId::transfer_encoding | FieldId::cookie |
                                  FieldId::authorization | FieldId::forwarded | FieldId::x_forwarded_for | FieldId::x_forwarded_host |
                                  FieldId::x_forwarded_port | FieldId::x_forwarded_proto | FieldId::via | FieldId::cdn_loop |
                                  FieldId::max_forwards;

void read_connection(std::string_view value, ConnectionOptions& options) {
  for_each_element(value, [&](std::string_view option) {
    ++options.count;
    if (equals_ignoring_case(option, "keep-alive")) {
      options.keep_alive = true;
    } else if (equals_ignoring_case(option, "close")) {
      options.close = true;
    } else if (equals_ignoring_case(option, "upgrade")) {
      options.upgrade = true;
    } else {
      options.nominates = true;
    }
  });
}

void read_content_length(std::string_view value, FramingFields& framing) {
  ++framing.lengths;
  if (!parse_length(value, framing.length)) framing.length_valid = false;
}

void read_transfer_encoding(std::string_view value, FramingFields& framing) {
  ++framing.coding_lines;
  for_each_element(value, [&](std::string_view coding) {
    ++framing.codings;
    if (framing.chunked) framing.chunked_early = true;
    framing.chunked = equals_ignoring_case(coding, "chunked");
    if (!framing.chunked) framing.other_coding = true;
  });
}

}  // namespace

void read_common_field(Field& field, MessageFields& found) {
  field.hop_by_hop = contains(kHopByHop, field.id);
  switch (field.id) {
    case FieldId::connection: return read_connection(field.value, found.connection);
    case FieldId::content_length: return read_content_length(field.value, found.framing);
    case FieldId::transfer_encoding: return read_transfer_encoding(field.value, found.framing);
    default: return;
  }
}

Fault mark_nominated(std::vector<Field>& fields, const ConnectionOptions& connection) {
  if (connection.count > kMaxConnectionOptions) return {400, "too many connection options"};
  if (!connection.nominates) return kNoFault;
  for (const Field& source : fields) {
    if (source.id != FieldId::connection) continue;
    for_each_element(source.value, [&](std::string_view option) {
      for (Field& field : fields) {
        if (!contains(kProtected, field.id) && equals_ignoring_case(field.name, option)) field.hop_by_hop = true;
      }
    });
  }
  return kNoFault;
}

}  // namespace lastcall::proto
