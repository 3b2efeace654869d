// The field names that a proxy must know (RFC 9110 section 7.6, RFC 9112, G65, G95); every other name is `other` and passes untouched.
// Looked up once per received line, so that forwarding decides by number. Values; a pure function.
#pragma once

#include <cstdint>
#include <string_view>

namespace lastcall::proto {

enum class FieldId : std::uint8_t {
  other,
  authorization,
  connection,
  content_length,
  content_type,
  cookie,
  expect,
  forwarded,
  host,
  http2_settings,
  keep_alive,
  proxy_connection,
  te,
  trailer,
  transfer_encoding,
  upgrade,
  via,
  x_forwarded,  // -For, -Host, -Port and -Proto, with '-' or '_' (G87: CGI-like children can't tell them apart)
};

FieldId field_id(std::string_view name);

// A set of ids as bits.
using FieldIdSet = std::uint32_t;
constexpr FieldIdSet operator|(FieldId a, FieldId b) { return 1U << static_cast<unsigned>(a) | 1U << static_cast<unsigned>(b); }
constexpr FieldIdSet operator|(FieldIdSet set, FieldId id) { return set | 1U << static_cast<unsigned>(id); }
constexpr bool contains(FieldIdSet set, FieldId id) { return (set >> static_cast<unsigned>(id) & 1U) != 0; }

}  // namespace lastcall::proto
