#include "proto/http_forward.h"

#include "proto/forwarded_fields.h"
#include "proto/response_fields.h"
#include "proto/text_append.h"
#include "proto/trailer_fields.h"

namespace lastcall::proto {
namespace {

constexpr FieldIdSet kContentLength = FieldIdSet{0} | FieldId::content_length;  // framing is regenerated (G85)

// Neighbouring kept lines are neighbours in the received bytes too: one append for each run of them.
void append_kept(std::string& out, const std::vector<Field>& fields, FieldIdSet replaced) {
  const char* begin = nullptr;
  const char* end = nullptr;
  for (const Field& field : fields) {
    if (field.hop_by_hop || contains(replaced, field.id)) continue;
    if (field.line.data() != end) {
      if (begin != end) out.append(begin, end);
      begin = field.line.data();
    }
    end = field.line.data() + field.line.size();
  }
  if (begin != end) out.append(begin, end);
}

void append_content_length(std::string& out, std::uint64_t length) {
  out.append("Content-Length: ");
  append_number(out, length);
  out.append("\r\n");
}

void append_request_line(std::string& out, const RequestHead& head) {
  out.append(head.method).append(" ");
  if (head.target.starts_with('?')) out.append("/");  // an absolute-form without a path: the origin-form needs one
  out.append(head.target).append(" HTTP/1.1\r\n");    // ours, never the received version (G68)
}

// What holds for the hop to the child; each of these needs its name in Connection (RFC 9110 section 7.6.1).
void append_request_hop(std::string& out, const RequestHead& head) {
  const bool upgrade = !head.upgrade.empty();
  if (head.te_trailers) out.append(upgrade ? "Connection: upgrade, TE\r\nTE: trailers\r\n" : "Connection: TE\r\nTE: trailers\r\n");
  if (upgrade) append_line(out, head.te_trailers ? "Upgrade: " : "Connection: upgrade\r\nUpgrade: ", head.upgrade);
}

void append_request_framing(std::string& out, const RequestHead& head) {
  if (head.framing == Framing::chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  } else if (head.framing == Framing::length || contains(head.present, FieldId::content_length)) {
    append_content_length(out, head.content_length);
  }
}

Framing framing_for_client(const ResponseHead& head, const ResponseEdits& edits) {
  if (head.framing == Framing::none || head.framing == Framing::length) return head.framing;
  return edits.client_minor == 0 ? Framing::until_close : Framing::chunked;
}

void append_response_framing(std::string& out, const ResponseHead& head, Framing framing) {
  if (framing == Framing::chunked) {
    out.append("Transfer-Encoding: chunked\r\n");
  } else if (framing == Framing::length || framing == Framing::none) {
    append_content_length(out, head.content_length);
  }
}

}  // namespace

void append_request_head(std::string& out, const RequestHead& head, const ForwardPolicy& policy, const ClientFacts& client,
                         std::string_view request_id) {
  append_request_line(out, head);
  FieldIdSet replaced = kContentLength | replaced_forwarded(policy, client);
  if (head.max_forwards >= 0) replaced = replaced | FieldId::max_forwards;
  if (head.host_from_target || !contains(head.present, FieldId::host)) {
    replaced = replaced | FieldId::host;
    append_line(out, "Host: ", head.host);  // empty for a 1.0 client that named none: HTTP/1.1 must carry one (RFC 9112 section 3.2)
  }
  append_kept(out, head.fields, replaced);
  append_forwarded(out, head, policy, client);
  if (!request_id.empty()) append_line(out.append(policy.request_id), ": ", request_id);
  if (head.max_forwards >= 0) {
    out.append("Max-Forwards: ");
    append_number(out, static_cast<std::uint64_t>(head.max_forwards));
    out.append("\r\n");
  }
  append_request_hop(out, head);
  append_request_framing(out, head);
  out.append("\r\n");
}

Framing append_response_head(std::string& out, const ResponseHead& head, const ResponseEdits& edits) {
  out.append("HTTP/1.1 ");
  append_number(out, head.status);
  out.append(" ").append(head.reason).append("\r\n");

  // Without a body after it, the length describes what GET would have brought: the child's to say (RFC 9110 section 8.6).
  const bool describes = edits.head_only || head.status == 304;
  const bool bodiless = describes || status_has_no_body(head.status);
  append_kept(out, head.fields, describes ? FieldIdSet{0} : kContentLength);
  const Framing framing = bodiless ? Framing::none : framing_for_client(head, edits);
  if (!bodiless) append_response_framing(out, head, framing);
  if (edits.trailers && contains(head.present, FieldId::trailer)) append_trailer_names(out, head.fields);

  if (!head.upgrade.empty()) {
    append_line(out, "Connection: upgrade\r\nUpgrade: ", head.upgrade);
  }
  const bool final_head = !head.informational && head.status != 101;  // the others never say close (G46)
  if (final_head && (edits.close || framing == Framing::until_close)) {
    out.append("Connection: close\r\n");
  } else if (final_head && edits.client_minor == 0 && edits.client_keep_alive_10) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
  return framing;
}

void append_chunk_header(std::string& out, std::size_t size) {
  append_number(out, size, 16);
  out.append("\r\n");
}

}  // namespace lastcall::proto
