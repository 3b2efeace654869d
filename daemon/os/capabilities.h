// Linux capabilities (capabilities(7)) by the names that people know: sets as bit masks, and giving up all but those to keep. A static
// binary needs no libcap for it. give_up_capabilities() runs between fork and exec and makes async-signal-safe calls only; supervisor only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastcall::os {

using CapabilitySet = std::uint64_t;  // bit n: capability n

std::optional<int> parse_capability(std::string_view text);  // "net_bind_service", "CAP_NET_BIND_SERVICE", "10"
std::string capability_name(int number);                     // "net_bind_service"; the number where this file is older than the kernel

// The bounding set shrinks to `keep`, and needs CAP_SETPCAP where it does: before the user changes. errno on failure, else 0.
int limit_bounding_set(CapabilitySet keep);
// All other sets become `keep`, which a program inherits whoever it runs as (the ambient set): after the user has changed.
int set_capabilities(CapabilitySet keep);
// The capabilities stay permitted over the change from root to somebody.
int keep_over_user_change();

}  // namespace lastcall::os
