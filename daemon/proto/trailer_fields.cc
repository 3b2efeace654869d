#include "proto/trailer_fields.h"

#include <algorithm>
#include <array>

#include "proto/http_syntax.h"

namespace lastcall::proto {
namespace {

constexpr std::array<std::string_view, 62> kForbidden{
    // Framing, the hop, and routing.
    "connection", "content-length", "host", "http2-settings", "keep-alive", "max-forwards", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
    // Who asked, and along which way.
    "authorization", "cdn-loop", "cookie", "forwarded", "proxy-authenticate", "proxy-authentication-info", "proxy-authorization",
    "set-cookie", "via", "www-authenticate", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip",
    // What decides about a request or an answer before its body is read.
    "accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "access-control-allow-origin", "age", "allow",
    "alt-svc", "cache-control", "clear-site-data", "content-disposition", "content-encoding", "content-language", "content-location",
    "content-range", "content-security-policy", "content-type", "date", "expect", "expires", "if-match", "if-modified-since",
    "if-none-match", "if-range", "if-unmodified-since", "location", "pragma", "range", "refresh", "retry-after",
    "strict-transport-security", "vary", "warning", "x-content-type-options", "x-frame-options"};

bool same_name(std::string_view name, std::string_view known) {
  return std::ranges::equal(name, known, [](char a, char b) { return (a == '_' ? '-' : to_lower(a)) == b; });
}

}  // namespace

bool may_be_trailer(std::string_view name) {
  return is_token(name) && std::ranges::none_of(kForbidden, [&](std::string_view known) { return same_name(name, known); });
}

void append_trailer_names(std::string& out, const std::vector<Field>& fields) {
  const std::size_t begin = out.size();
  for (const Field& field : fields) {
    if (field.id != FieldId::trailer) continue;
    for_each_element(field.value, [&](std::string_view name) {
      if (may_be_trailer(name)) out.append(out.size() == begin ? "Trailer: " : ", ").append(name);
    });
  }
  if (out.size() != begin) out.append("\r\n");
}

}  // namespace lastcall::proto
