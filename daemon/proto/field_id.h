// The field names that a proxy must know (RFC 9110 section 7.6, RFC 9112, G65, G95); every other name is `other` and passes untouched.
// Looked up once per received line, so that forwarding decides by number. Values; a pure function.
#pragma once

#include <cstdint>
#include <string_view>

namespace lastcall::proto {

enum class FieldId : std::uint8_t {
  other,
  authorization,
  cdn_loop,
  connection,
  content_length,
  content_type,
  cookie,
  expect,
  forwarded,
  host,
  http2_settings,
  keep_alive,
  max_forwards,
  proxy_connection,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  via,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_proto,
  x_forwarded_shadow,  // one of these four with a '_': a CGI-like child can't tell it from ours (G87)
};

FieldId field_id(std::string_view name);

// A set of ids as bits.
using FieldIdSet = std::uint32_t;
constexpr FieldIdSet operator|(FieldId a, FieldId b) { return 1U << static_cast<unsigned>(a) | 1U << static_cast<unsigned>(b); }
constexpr FieldIdSet operator|(FieldIdSet set, FieldId id) { return set | 1U << static_cast<unsigned>(id); }
constexpr bool contains(FieldIdSet set, FieldId id) { return (set >> static_cast<unsigned>(id) & 1U) != 0; }

}  // namespace lastcall::proto
