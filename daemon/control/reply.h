// How a handler answers one request: once, at once or later, or with a stream of events. A handle without ownership: if the peer has gone
// meanwhile, answering does nothing. Valid as long as its server. Supervisor process only.
#pragma once

#include <cstdint>
#include <string_view>

#include "control/http_message.h"

namespace lastcall::control {

class HttpServer;

class Reply {
 public:
  Reply(HttpServer& server, std::uint64_t connection) : server_(&server), connection_(connection) {}

  void send(const HttpResponse& response);
  // Turns the answer into an event stream; false: there are too many already, and the peer was told so.
  bool begin_events();
  // Bytes of events; false: the peer is gone, or was dropped because it owes too many.
  bool send_events(std::string_view bytes);

 private:
  HttpServer* server_;
  std::uint64_t connection_;
};

}  // namespace lastcall::control
