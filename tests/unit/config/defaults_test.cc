// What holds where nobody says anything: the numbers that rules and docs promise.
#include <doctest/doctest.h>

#include "config/load.h"

namespace lastcall::config {

TEST_CASE("timeouts are those of the rules where nobody says otherwise (G26, G61, G62, G93, G121)") {
  const auto settings = load_text("listen: [\":1\"]\nupstream: \"127.0.0.1:2\"\n");
  REQUIRE(settings.ok());
  const TimeoutSettings& timeouts = settings.value().timeouts;
  CHECK(timeouts == TimeoutSettings{});
  CHECK(timeouts.idle == seconds(620));  // above Google's 600 s, and every other load balancer's (G62)
  CHECK(timeouts.proxy_header >= seconds(3));
  CHECK(timeouts.request_head == seconds(10));
  CHECK(timeouts.request_body == seconds(30));
  CHECK(timeouts.min_body_rate == 256);
  CHECK(timeouts.slow_body == seconds(10));
  CHECK(timeouts.upstream_connect == seconds(10));  // not 1 s: docs/design.md 4
  CHECK(timeouts.response == kInfinite);            // decision 18
  CHECK(timeouts.send == seconds(30));
  CHECK(timeouts.tunnel_idle == std::chrono::hours(1));
  CHECK(timeouts.fin == seconds(30));
  CHECK(timeouts.upstream_idle == seconds(4));  // below Node's and uvicorn's 5 s
  CHECK(timeouts.idle_linger == seconds(5));
}

TEST_CASE("nobody is believed, nothing is limited and nothing is logged unless it is asked for (G92, G95)") {
  const auto settings = load_text("listen: [\":1\"]\nupstream: \"127.0.0.1:2\"\n");
  REQUIRE(settings.ok());
  CHECK(settings.value().forward.trust.empty());
  CHECK(settings.value().forward.proxy_accept == ProxyAccept::off);
  CHECK(settings.value().forward.proxy_send == ProxySend::off);
  CHECK(settings.value().forward.upgrades == std::vector<std::string>{"websocket"});
  CHECK(settings.value().forward.max_body == kUnlimited);
  CHECK(settings.value().access_log == AccessLogFormat::off);
  CHECK(settings.value().max_in_flight == 0);
}

}  // namespace lastcall::config
