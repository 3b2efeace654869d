#include "proto/request_fields.h"

#include "proto/http_syntax.h"
#include "proto/message_fields.h"
#include "proto/upgrade_token.h"

namespace lastcall::proto {
namespace {

struct RequestFields {
  MessageFields common;
  unsigned hosts = 0;
  std::string_view host;
  std::string_view upgrade;
};

void read_field(Field& field, RequestFields& found, RequestHead& head) {
  read_common_field(field, found.common);
  switch (field.id) {
    case FieldId::host:
      ++found.hosts;
      found.host = field.value;
      return;
    case FieldId::upgrade:
      if (found.upgrade.empty()) found.upgrade = first_upgrade_token(field.value);
      return;
    case FieldId::expect:
      // A 1.0 client can't mean it (RFC 9110 section 10.1.1), and a child that hears it would wait for nobody.
      if (head.minor == 0) field.hop_by_hop = true;
      if (head.minor == 1 && equals_ignoring_case(field.value, "100-continue")) head.expect_continue = true;
      return;
    case FieldId::te:
      if (head.minor == 0) return;  // no chunks, no trailers
      for_each_element(field.value, [&](std::string_view coding) {
        if (equals_ignoring_case(coding, "trailers")) head.te_trailers = true;
      });
      return;
    default: return;
  }
}

Fault judge_host(const RequestFields& found, RequestHead& head) {
  if (found.hosts > 1) return {400, "more than one Host"};
  if (found.hosts == 0 && head.minor == 1) return {400, "no Host"};
  if (!is_host(found.host)) return {400, "malformed Host"};
  if (!head.host_from_target) head.host = found.host;
  return kNoFault;
}

// Two framings, or one that we don't understand, is how one request becomes two for the next parser: refuse, never guess (G84).
Fault judge_framing(const FramingFields& framing, RequestHead& head) {
  if (framing.coding_lines > 0) {
    if (framing.lengths > 0) return {400, "both Transfer-Encoding and Content-Length"};
    if (head.minor == 0) return {400, "Transfer-Encoding in HTTP/1.0"};
    if (!framing.chunked || framing.chunked_early) return {400, "Transfer-Encoding does not end in one chunked"};
    if (framing.other_coding) return {501, "unknown transfer coding"};
    head.framing = Framing::chunked;
    return kNoFault;
  }
  if (framing.lengths == 0) return kNoFault;
  if (framing.lengths > 1) return {400, "more than one Content-Length"};
  if (!framing.length_valid) return {400, "malformed Content-Length"};
  head.content_length = framing.length;
  if (framing.length > 0) head.framing = Framing::length;
  return kNoFault;
}

}  // namespace

Fault judge_request_fields(RequestHead& head, FramingFields& framing) {
  RequestFields found;
  for (Field& field : head.fields) {
    head.present = head.present | field.id;
    read_field(field, found, head);
  }
  framing = found.common.framing;
  if (const Fault fault = judge_host(found, head)) return fault;
  if (const Fault fault = judge_framing(framing, head)) return fault;
  const ConnectionOptions& connection = found.common.connection;
  if (const Fault fault = mark_nominated(head.fields, connection)) return fault;
  head.keep_alive = !connection.close && (head.minor == 1 || connection.keep_alive);
  if (head.minor == 1 && connection.upgrade) head.upgrade = found.upgrade;  // ignored in 1.0 (RFC 9110 section 7.8)
  return kNoFault;
}

}  // namespace lastcall::proto
