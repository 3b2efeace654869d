#include "control/http_message.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "proto/http_reply.h"

namespace lastcall::control {

std::string_view to_string(Authority authority) {
  switch (authority) {
    case Authority::visitor: return "visitor";
    case Authority::child: return "child";
    case Authority::operator_: return "operator";
  }
  return "";
}

HttpResponse error_response(std::uint16_t status, std::string_view why) {
  const nlohmann::json body{{"error", why}};
  // What a peer sent may be quoted in `why`, and need not be UTF-8.
  return {.status = status, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

std::string to_bytes(const HttpResponse& response, bool head_only, bool close) {
  std::string bytes = fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", response.status,
                                  proto::reason_phrase(response.status), response.content_type, response.body.size());
  for (const auto& [name, value] : response.headers) bytes += fmt::format("{}: {}\r\n", name, value);
  bytes += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  if (close) bytes += "Connection: close\r\n";
  bytes += "\r\n";
  if (!head_only) bytes += response.body;
  return bytes;
}

// Until the connection closes: every client can read that, and an event is whole by its blank line, so a cut can't pass for one.
std::string event_stream_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
         "Connection: close\r\n\r\n";
}

}  // namespace lastcall::control
