#include "proto/request_route.h"

#include <algorithm>

#include "proto/http_syntax.h"
#include "proto/request_id.h"
#include "proto/upgrade_token.h"

namespace lastcall::proto {
namespace {

// Our own name in a Via or CDN-Loop that reached us: the request has been here. Intermediaries may reformat these fields but must keep
// the name (RFC 9110 section 7.6.3, RFC 8586 section 2), so it is looked for wherever it stands.
bool has_been_here(const RequestHead& head, std::string_view pseudonym) {
  if (pseudonym.empty() || (head.present & (FieldId::via | FieldId::cdn_loop)) == 0) return false;
  return std::ranges::any_of(head.fields, [&](const Field& field) {
    return (field.id == FieldId::via || field.id == FieldId::cdn_loop) && field.value.find(pseudonym) != std::string_view::npos;
  });
}

// RFC 9110 section 7.6.2; for other methods than OPTIONS (TRACE never comes this far) the field means nothing and passes untouched.
Fault count_hop(RequestHead& head) {
  if (!contains(head.present, FieldId::max_forwards) || head.method != "OPTIONS") return kNoFault;
  for (const Field& field : head.fields) {
    if (field.id != FieldId::max_forwards) continue;
    std::uint64_t hops = 0;
    if (head.max_forwards >= 0 || !parse_length(field.value, hops)) return {400, "malformed Max-Forwards"};
    if (hops == 0) return {200, "this is lastcall"};
    head.max_forwards = static_cast<std::int64_t>(hops - 1);
  }
  return kNoFault;
}

bool is_allowed(std::string_view protocol, const std::vector<std::string>& allowed) {
  const auto name = protocol.substr(0, protocol.find('/'));
  return std::ranges::any_of(allowed, [&](const std::string& one) { return equals_ignoring_case(name, one); });
}

// The first protocol that may pass, in the client's order of preference.
void choose_upgrade(RequestHead& head, const std::vector<std::string>& allowed) {
  if (head.upgrade.empty() || is_allowed(head.upgrade, allowed)) return;
  head.upgrade = {};
  for (const Field& field : head.fields) {
    if (field.id != FieldId::upgrade) continue;
    for_each_upgrade(field.value, [&](std::string_view protocol) {
      if (head.upgrade.empty() && is_allowed(protocol, allowed)) head.upgrade = protocol;
    });
  }
}

bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if ((a[i] == '_' ? '-' : to_lower(a[i])) != (b[i] == '_' ? '-' : to_lower(b[i]))) return false;  // G87
  }
  return true;
}

// One id goes on: the trusted peer's, if it is one, else ours.
void judge_request_id(RequestHead& head, std::string_view name, bool trusted) {
  head.wants_request_id = true;
  for (Field& field : head.fields) {
    if (!same_name(field.name, name)) continue;
    const bool keep = trusted && head.wants_request_id && !field.hop_by_hop && equals_ignoring_case(field.name, name) &&
                      is_request_id(field.value);
    if (keep) {
      head.wants_request_id = false;
    } else {
      field.hop_by_hop = true;
    }
  }
}

}  // namespace

Fault route_request(RequestHead& head, const ForwardPolicy& policy, const ClientFacts& client) {
  if (has_been_here(head, policy.pseudonym)) return {508, "the request has been here before"};
  if (const Fault fault = count_hop(head)) return fault;
  choose_upgrade(head, policy.upgrades);
  if (!policy.request_id.empty()) judge_request_id(head, policy.request_id, client.trusted);
  return kNoFault;
}

bool answers_upgrade(const ResponseHead& head, std::string_view asked) {
  return !asked.empty() && equals_ignoring_case(head.upgrade, asked);
}

}  // namespace lastcall::proto
