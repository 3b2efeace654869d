#include "proxy/exchange.h"

namespace lastcall::proxy {
namespace {

// A head of unusual size must not stay allocated in every recycled exchange.
void clear_but_keep_little(std::string& text) {
  text.clear();
  if (text.capacity() > 16 * 1024) text.shrink_to_fit();
}

}  // namespace

void Exchange::reset() {
  request.reset();
  upstream.reset();
  guest.reset();
  clear_but_keep_little(upstream_head);
  upgrade.clear();
  clear_but_keep_little(response_partial);
  last_progress = send_checked = {};
  body_rate = {};
  acknowledged = 0;
  request_framing = response_framing = proto::Framing::none;
  client_minor = 1;
  keep_alive_timeout = 0;
  client_keep_alive = true;
  request_complete = is_head = idempotent = wants_upgrade = awaits_continue = takes_trailers = false;
  body_forwarded = body_unwanted = body_dropped = false;
  sent = none_taken = retried = sent_again = false;
  response_begun = head_sent = response_complete = refused = upstream_keep_alive = close_client = false;
}

std::unique_ptr<Exchange> ExchangePool::take() {
  if (spare_.empty()) return std::make_unique<Exchange>(limits_);
  auto exchange = std::move(spare_.back());
  spare_.pop_back();
  return exchange;
}

void ExchangePool::put(std::unique_ptr<Exchange> exchange) {
  exchange->reset();
  if (spare_.size() < kMaxSpare) spare_.push_back(std::move(exchange));
}

}  // namespace lastcall::proxy
