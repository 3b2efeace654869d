// What of a head goes on to the other side: hop-by-hop fields stay behind, framing is regenerated and never copied (G65, G85), the
// rest is copied byte for byte and in order. Appends to the caller's scratch; worker process only, no sockets.
#pragma once

#include <string>
#include <string_view>

#include "proto/forward_policy.h"
#include "proto/http_head.h"

namespace lastcall::proto {

// The request as the child shall see it: HTTP/1.1, origin-form, the client's fields, then ours: who asked (forwarded_fields.h), hop and
// framing. Needs a head that route_request() has seen; `request_id` where it wants one.
void append_request_head(std::string& out, const RequestHead& head, const ForwardPolicy& policy, const ClientFacts& client,
                         std::string_view request_id = {});

struct ResponseEdits {
  bool close = false;                  // Connection: close (G46)
  std::uint8_t client_minor = 1;       // 1.0 clients get no chunks and no 1xx (G68)
  bool client_keep_alive_10 = false;   // 1.0 client with explicit keep-alive: say so
  bool head_only = false;              // the answer to HEAD: framing fields describe, no body follows
  bool trailers = false;               // the client asked for trailers: announce them (G77)
};
// The response as the client shall see it. Returns how its body must be framed: chunked and until_close mean ours, not the child's.
Framing append_response_head(std::string& out, const ResponseHead& head, const ResponseEdits& edits);

void append_chunk_header(std::string& out, std::size_t size);  // "1f4\r\n"
inline constexpr std::string_view kChunkEnd = "\r\n";

}  // namespace lastcall::proto
