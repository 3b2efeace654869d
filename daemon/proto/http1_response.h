// Reads the child's HTTP/1.x responses: with the same strictness as requests (G76, G88). The same contract as RequestParser; invalid means 502
// and the upstream connection is closed. One per exchange in a worker.
#pragma once

#include <memory>

#include "proto/http1_request.h"

namespace lastcall::proto {

class ResponseParser {
 public:
  explicit ResponseParser(const HttpLimits& limits);
  ~ResponseParser();
  // A response to HEAD has no body whatever it says (G76). Trailers are kept only for a client that takes them (G77).
  void reset(bool request_was_head, bool keep_trailers = false);

  // After an informational head (1xx) the next head follows: call again. 101 is complete with its head; the rest is a tunnel.
  HeadStep parse_head(std::string_view data, ResponseHead& head);
  BodyStep parse_body(std::string_view data, std::vector<std::string_view>& slices);
  // The child closed: complete for until_close, invalid where bytes are missing (G57).
  BodyStep finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lastcall::proto
