#include "proto/forwarded_fields.h"

#include <algorithm>

#include "proto/http_syntax.h"
#include "proto/text_append.h"

namespace lastcall::proto {
namespace {

constexpr FieldIdSet kXForwarded = FieldId::x_forwarded_for | FieldId::x_forwarded_host | FieldId::x_forwarded_port |
                                   FieldId::x_forwarded_proto | FieldId::x_forwarded_shadow;

// An element with an open quote would swallow the one that we append: then nothing of the field is believed.
bool quotes_are_closed(std::string_view list) {
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == '"') quoted = !quoted;
    if (list[i] == '\\' && quoted) ++i;
  }
  return !quoted;
}

// One line of all lines of this name, as recipients read either the first or the last one only.
void append_values(std::string& out, const RequestHead& head, FieldId id) {
  if (!contains(head.present, id)) return;
  for (const Field& field : head.fields) {
    if (field.id != id || field.value.empty()) continue;
    if (id == FieldId::forwarded && !quotes_are_closed(field.value)) continue;
    out.append(field.value).append(", ");
  }
}

void append_x_forwarded(std::string& out, const RequestHead& head, const ClientFacts& client) {
  out.append("X-Forwarded-For: ");
  if (client.trusted) append_values(out, head, FieldId::x_forwarded_for);
  out.append(client.host).append("\r\n");
  const auto told = [&](FieldId id) { return client.trusted && contains(head.present, id); };
  if (!told(FieldId::x_forwarded_proto)) append_line(out, "X-Forwarded-Proto: ", client.proto);
  if (!told(FieldId::x_forwarded_host) && !head.host.empty()) append_line(out, "X-Forwarded-Host: ", head.host);
  if (!told(FieldId::x_forwarded_port) && client.port != 0) {
    out.append("X-Forwarded-Port: ");
    append_number(out, client.port);
    out.append("\r\n");
  }
}

// A node: an IPv6 address stands in brackets and quotes; a Unix socket has none (RFC 7239 section 6).
void append_node(std::string& out, std::string_view host) {
  if (host.find(':') != std::string_view::npos) {
    out.append("\"[").append(host).append("]\"");
  } else {
    out.append(host.find('.') != std::string_view::npos ? host : "unknown");
  }
}

void append_forwarded_element(std::string& out, const RequestHead& head, const ClientFacts& client) {
  out.append("Forwarded: ");
  if (client.trusted) append_values(out, head, FieldId::forwarded);
  out.append("for=");
  append_node(out, client.host);
  // is_host() leaves neither a quote nor a backslash in a Host.
  if (is_token(head.host)) {
    out.append(";host=").append(head.host);
  } else if (!head.host.empty()) {
    out.append(";host=\"").append(head.host).append("\"");
  }
  append_line(out, ";proto=", client.proto);
}

}  // namespace

FieldIdSet replaced_forwarded(const ForwardPolicy& policy, const ClientFacts& client) {
  if (!client.trusted) return kXForwarded | FieldId::forwarded;
  FieldIdSet replaced = FieldIdSet{0} | FieldId::x_forwarded_shadow;
  if (policy.x_forwarded) replaced = replaced | FieldId::x_forwarded_for;
  if (policy.forwarded) replaced = replaced | FieldId::forwarded;
  return replaced;
}

void append_forwarded(std::string& out, const RequestHead& head, const ForwardPolicy& policy, const ClientFacts& client) {
  if (policy.x_forwarded) append_x_forwarded(out, head, client);
  if (policy.forwarded) append_forwarded_element(out, head, client);
  if (policy.pseudonym.empty()) return;
  if (policy.via) {
    append_line(out, head.minor == 0 ? "Via: 1.0 " : "Via: 1.1 ", policy.pseudonym);  // the version that we received (G67)
  } else {
    append_line(out, "CDN-Loop: ", policy.pseudonym);
  }
}

}  // namespace lastcall::proto
