// One request and its answer: parsers, the upstream connection, and how far each direction has come. Lives from the first byte of a
// request to the last of its answer and is recycled, so that a steady connection allocates nothing and an idle one owns no parser.
// Owned by its session; returned to the worker's ExchangePool.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/http1_request.h"
#include "proto/http1_response.h"
#include "proxy/body_rate.h"
#include "proxy/upstream_pool.h"
#include "proxy/waiting_room.h"

namespace lastcall::proxy {

struct Exchange {
  explicit Exchange(const proto::HttpLimits& limits) : request(limits), response(limits) {}
  void reset();

  proto::RequestParser request;
  proto::ResponseParser response;
  std::optional<UpstreamConnection> upstream;
  std::string upstream_head;     // the request head as sent to the child; kept for one retry
  std::string upgrade;           // the protocol that the client asked for
  std::string response_partial;  // bytes of an incomplete response head
  WaitingRoom::Guest guest;
  TimePoint look_at = kNever;    // whether the connection to the child still is on its way, and another would be better
  TimePoint last_progress{};
  BodyRate body_rate;              // of the request (G93)
  TimePoint send_checked{};        // when the client's acknowledgements were last looked at,
  std::uint64_t acknowledged = 0;  // and what they were then

  // The request.
  proto::Framing request_framing = proto::Framing::none;
  std::uint8_t client_minor = 1;
  bool request_complete = false;
  bool client_keep_alive = true;
  bool is_head = false;
  bool idempotent = false;
  bool wants_upgrade = false;
  bool awaits_continue = false;  // the client sends no body before it has heard a 100, or loses patience
  bool takes_trailers = false;  // G77
  bool body_forwarded = false;  // a retry would need bytes that are gone
  bool body_unwanted = false;   // the answer is an error, or is over: the child need not have the rest
  bool body_dropped = false;    // and has not got it
  bool sent = false;            // the head was given to a connection to the child
  bool none_taken = false;      // which took no byte of it
  bool retried = false;         // on a fresh connection
  bool sent_again = false;      // after it had waited

  // The answer.
  proto::Framing response_framing = proto::Framing::none;
  std::uint32_t keep_alive_timeout = 0;
  bool response_begun = false;  // bytes of the child's answer have arrived
  bool head_sent = false;       // the final head went to the client
  bool response_complete = false;
  bool refused = false;         // answered by us, not by the child
  bool upstream_keep_alive = false;
  bool close_client = false;
};

class ExchangePool {
 public:
  explicit ExchangePool(const proto::HttpLimits& limits) : limits_(limits) {}
  std::unique_ptr<Exchange> take();
  void put(std::unique_ptr<Exchange> exchange);

 private:
  static constexpr std::size_t kMaxSpare = 256;
  proto::HttpLimits limits_;
  std::vector<std::unique_ptr<Exchange>> spare_;
};

}  // namespace lastcall::proxy
