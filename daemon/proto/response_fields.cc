#include "proto/response_fields.h"

#include <algorithm>

#include "proto/http_syntax.h"
#include "proto/message_fields.h"
#include "proto/upgrade_token.h"

namespace lastcall::proto {
namespace {

bool is_event_stream(std::string_view content_type) {
  return equals_ignoring_case(trim(content_type.substr(0, content_type.find(';'))), "text/event-stream");
}

// "timeout=5, max=100": Node and Apache say how long they keep an idle connection (G61).
std::uint32_t read_timeout(std::string_view keep_alive) {
  constexpr std::string_view kName = "timeout=";
  std::uint32_t timeout = 0;
  for_each_element(keep_alive, [&](std::string_view parameter) {
    std::uint64_t seconds = 0;
    if (parameter.size() <= kName.size() || !equals_ignoring_case(parameter.substr(0, kName.size()), kName)) return;
    if (!parse_length(parameter.substr(kName.size()), seconds)) return;
    timeout = static_cast<std::uint32_t>(std::min<std::uint64_t>(seconds, UINT32_MAX));
  });
  return timeout;
}

Fault judge_framing(const FramingFields& framing, ResponseHead& head, bool request_was_head) {
  if (framing.lengths > 1) return {502, "more than one Content-Length"};
  if (!framing.length_valid) return {502, "malformed Content-Length"};
  if (framing.coding_lines > 0) {
    if (framing.lengths > 0) return {502, "both Transfer-Encoding and Content-Length"};
    if (head.minor == 0) return {502, "Transfer-Encoding in HTTP/1.0"};
    // Any other coding would have to be undone before we can frame the body anew.
    if (!framing.chunked || framing.chunked_early || framing.other_coding) return {502, "unknown transfer coding"};
  }
  if (request_was_head || status_has_no_body(head.status)) return kNoFault;
  if (framing.coding_lines > 0) {
    head.framing = Framing::chunked;
  } else if (framing.lengths == 0) {
    head.framing = Framing::until_close;
  } else {
    head.content_length = framing.length;
    if (framing.length > 0) head.framing = Framing::length;
  }
  return kNoFault;
}

// A body where none may be: its bytes would be taken for the next response, so the connection is not used again (G76, G88).
bool announces_forbidden_body(const FramingFields& framing, std::uint16_t status) {
  return (status < 200 || status == 204) && (framing.coding_lines > 0 || framing.length > 0);
}

}  // namespace

Fault judge_response_fields(ResponseHead& head, bool request_was_head, FramingFields& framing) {
  MessageFields found;
  std::string_view upgrade;
  for (Field& field : head.fields) {
    head.present = head.present | field.id;
    read_common_field(field, found);
    if (field.id == FieldId::upgrade && upgrade.empty()) upgrade = first_upgrade_token(field.value);
    if (field.id == FieldId::keep_alive) head.keep_alive_timeout = read_timeout(field.value);
    if (field.id == FieldId::content_type) head.event_stream = is_event_stream(field.value);
  }
  framing = found.framing;
  if (const Fault fault = judge_framing(framing, head, request_was_head)) return fault;
  if (mark_nominated(head.fields, found.connection)) return {502, "too many connection options"};
  head.informational = head.status < 200 && head.status != 101;
  head.keep_alive = !found.connection.close && (head.minor == 1 || found.connection.keep_alive) &&
                    head.framing != Framing::until_close && !announces_forbidden_body(framing, head.status);
  if (head.status == 101 || head.status == 426) head.upgrade = upgrade;
  return kNoFault;
}

}  // namespace lastcall::proto
