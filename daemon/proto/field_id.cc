#include "proto/field_id.h"

#include "proto/http_syntax.h"

namespace lastcall::proto {
namespace {

// `known` is in lower case and as long as `name`.
FieldId match(std::string_view name, std::string_view known, FieldId id) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (to_lower(name[i]) != known[i]) return FieldId::other;
  }
  return id;
}

FieldId match_forwarded(std::string_view name, std::string_view known, FieldId id) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (name[i] == '_' && known[i] == '-') {
      id = FieldId::x_forwarded_shadow;
    } else if (to_lower(name[i]) != known[i]) {
      return FieldId::other;
    }
  }
  return id;
}

}  // namespace

FieldId field_id(std::string_view name) {
  if (name.empty()) return FieldId::other;
  const char first = to_lower(name[0]);
  switch (name.size()) {
    case 2: return match(name, "te", FieldId::te);
    case 3: return match(name, "via", FieldId::via);
    case 4: return match(name, "host", FieldId::host);
    case 6: return first == 'c' ? match(name, "cookie", FieldId::cookie) : match(name, "expect", FieldId::expect);
    case 7: return first == 't' ? match(name, "trailer", FieldId::trailer) : match(name, "upgrade", FieldId::upgrade);
    case 8: return match(name, "cdn-loop", FieldId::cdn_loop);
    case 9: return match(name, "forwarded", FieldId::forwarded);
    case 10:
      return first == 'c' ? match(name, "connection", FieldId::connection) : match(name, "keep-alive", FieldId::keep_alive);
    case 12:
      return first == 'c' ? match(name, "content-type", FieldId::content_type) : match(name, "max-forwards", FieldId::max_forwards);
    case 13: return match(name, "authorization", FieldId::authorization);
    case 14:
      return first == 'c' ? match(name, "content-length", FieldId::content_length)
                          : match(name, "http2-settings", FieldId::http2_settings);
    case 15: return match_forwarded(name, "x-forwarded-for", FieldId::x_forwarded_for);
    case 16:
      if (first == 'p') return match(name, "proxy-connection", FieldId::proxy_connection);
      return to_lower(name[12]) == 'h' ? match_forwarded(name, "x-forwarded-host", FieldId::x_forwarded_host)
                                       : match_forwarded(name, "x-forwarded-port", FieldId::x_forwarded_port);
    case 17:
      return first == 't' ? match(name, "transfer-encoding", FieldId::transfer_encoding)
                          : match_forwarded(name, "x-forwarded-proto", FieldId::x_forwarded_proto);
    default: return FieldId::other;
  }
}

}  // namespace lastcall::proto
