// Sends a head and payload slices in one system call, framed as the receiving side was promised: as they are, or as one chunk per
// call (framing is regenerated, G85). Stateless; used for both directions of an exchange.
#pragma once

#include <span>
#include <string_view>

#include "io/stream.h"
#include "proto/http_head.h"

namespace lastcall::proxy {

// `head` may be empty. `complete`: the payload ends here; writes the last chunk where chunked, and with it the trailers, which are whole
// lines. Writes nothing where there is nothing.
void write_message(io::Stream& to, std::string_view head, std::span<const std::string_view> slices, proto::Framing framing, bool complete,
                   std::string_view trailers = {});

}  // namespace lastcall::proxy
