// What the child is told about who asked and along which way: X-Forwarded-*, Forwarded (RFC 7239), Via or CDN-Loop (G67, G95). What an
// untrusted client says of itself is replaced; what a trusted peer says is kept, and its own address appended. Appends lines to the
// caller's scratch; worker process.
#pragma once

#include <string>

#include "proto/forward_policy.h"
#include "proto/http_head.h"

namespace lastcall::proto {

// The received fields that must not be copied, as append_forwarded() writes them anew or nobody may send them.
FieldIdSet replaced_forwarded(const ForwardPolicy& policy, const ClientFacts& client);
void append_forwarded(std::string& out, const RequestHead& head, const ForwardPolicy& policy, const ClientFacts& client);

}  // namespace lastcall::proto
