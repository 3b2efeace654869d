// One request to the control socket or the admin port and its answer, as plain values. A request owns its bytes and says who asks: by
// SO_PEERCRED on the control socket, as a mere visitor on the admin port. No behaviour but turning an answer into bytes. Supervisor process only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastcall::control {

// What a peer may do, in rising order (docs/design.md, section 1).
enum class Authority : std::uint8_t {
  visitor,   // the admin port: looks only
  child,     // the child's uid: state, events, readiness, jobs, hooks, and asking for shutdown
  operator_, // root or our own uid: everything
};
std::string_view to_string(Authority authority);

struct Peer {
  Authority authority = Authority::visitor;
  int pid = 0;  // 0: of another machine or pid namespace
  unsigned uid = 0;
};

struct HttpRequest {
  std::string method;
  std::string path;          // without query
  std::string query;         // without '?'
  std::string host;          // whom it thinks it asks, perhaps with a port; empty in HTTP/1.0
  std::string content_type;  // without parameters, in lower case
  std::string body;
  std::string parameter;     // what {name} of the route stands for, percent-decoded
  Peer peer;
  bool head_only = false;    // HEAD: `method` says GET
};

struct HttpResponse {
  std::uint16_t status = 200;
  std::string body = {};
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones
};

// {"error": why}, with one line's end; `why` says what to do.
HttpResponse error_response(std::uint16_t status, std::string_view why);

// The whole message; never cached, never guessed at (nosniff).
std::string to_bytes(const HttpResponse& response, bool head_only, bool close);

// The head of an answer without an end: server-sent events, until the connection closes.
std::string event_stream_head();

}  // namespace lastcall::control
