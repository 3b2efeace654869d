#include "proto/request_route.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "proto/http1_request.h"
#include "proto/http1_response.h"
#include "proto/http_forward.h"
#include "proto/request_id.h"

namespace lastcall::proto {
namespace {

const ForwardPolicy kPolicy{.pseudonym = "lastcall-1f", .request_id = "X-Request-Id"};
constexpr ClientFacts kStranger{.host = "192.0.2.7"};
constexpr ClientFacts kTrusted{.host = "10.0.0.1", .trusted = true};

struct Routed {
  Fault fault;
  RequestHead head;
  std::string bytes;
  std::string sent(const ForwardPolicy& policy = kPolicy, std::string_view id = {}) const {
    std::string out;
    append_request_head(out, head, policy, kStranger, id);
    return out;
  }
};

// `head` points into `bytes`: made in place, never copied.
void route(Routed& routed, std::string_view start, std::string_view fields, const ForwardPolicy& policy = kPolicy,
           const ClientFacts& client = kStranger) {
  routed.bytes = std::string(start) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
  RequestParser parser({});
  REQUIRE(parser.parse_head(routed.bytes, routed.head).what == HeadStep::What::done);
  routed.fault = route_request(routed.head, policy, client);
}

std::uint16_t fault_of(std::string_view start, std::string_view fields) {
  Routed routed;
  route(routed, start, fields);
  return routed.fault.status;
}

std::string upgrade_of(std::string_view value, std::vector<std::string> allowed = {"websocket"}) {
  Routed routed;
  ForwardPolicy policy;
  policy.upgrades = std::move(allowed);
  route(routed, "GET /", "Connection: Upgrade\r\n" + std::string(value), policy);
  return std::string(routed.head.upgrade);
}

// Which of the client's ids goes on, and whether we make one.
std::string ids_of(const ClientFacts& client, std::string_view fields) {
  Routed routed;
  route(routed, "GET /", fields, kPolicy, client);
  std::string kept;
  for (const Field& field : routed.head.fields) {
    if (field.id == FieldId::other && !field.hop_by_hop) kept.append(field.value).append(" ");
  }
  return kept + (routed.head.wants_request_id ? "ours" : "theirs");
}

}  // namespace

TEST_CASE("a request that names us in Via or CDN-Loop has been here: 508 (G67)") {
  CHECK(fault_of("GET /", "Via: 1.1 lastcall-1f\r\n") == 508);
  CHECK(fault_of("GET /", "Via: 1.1 edge, 1.1 lastcall-1f (a comment), 2 other\r\n") == 508);
  CHECK(fault_of("GET /", "Via: 1.1 edge\r\nVia: 1.1 lastcall-1f\r\n") == 508);
  CHECK(fault_of("POST /", "CDN-Loop: edge.example, lastcall-1f; a=b\r\n") == 508);
  CHECK(fault_of("GET /", "Via: 1.1 lastcall-2e\r\nCDN-Loop: lastcall-3d\r\n") == 0);
  CHECK(fault_of("GET /", "X-Via: lastcall-1f\r\n") == 0);
  CHECK(fault_of("GET /", "") == 0);
}

TEST_CASE("no Connection can remove the trace of a loop (G65, G67)") {
  Routed routed;
  route(routed, "GET /", "Connection: close, CDN-Loop, Via\r\nCDN-Loop: edge\r\nVia: 1.1 edge\r\n");
  CHECK(routed.sent().find("CDN-Loop: edge\r\nVia: 1.1 edge\r\n") != std::string::npos);
}

TEST_CASE("an OPTIONS goes as many hops as Max-Forwards says (G67)") {
  CHECK(fault_of("OPTIONS *", "Max-Forwards: 0\r\n") == 200);
  CHECK(fault_of("OPTIONS /", "Max-Forwards: x\r\n") == 400);
  CHECK(fault_of("OPTIONS /", "Max-Forwards: 1\r\nMax-Forwards: 5\r\n") == 400);
  CHECK(fault_of("GET /", "Max-Forwards: 0\r\n") == 0);
  Routed routed;
  route(routed, "OPTIONS *", "Max-Forwards: 10\r\nConnection: Max-Forwards\r\n");
  CHECK_FALSE(routed.fault);
  CHECK(routed.sent().find("\r\nMax-Forwards: 9\r\n") != std::string::npos);
  CHECK(routed.sent().find("Max-Forwards: 10") == std::string::npos);
  Routed get;
  route(get, "GET /", "Max-Forwards: 10\r\n");
  CHECK(get.sent().find("\r\nMax-Forwards: 10\r\n") != std::string::npos);
}

TEST_CASE("only protocols on the list may be upgraded to, h2c never (G69)") {
  CHECK(upgrade_of("Upgrade: websocket\r\n") == "websocket");
  CHECK(upgrade_of("Upgrade: WebSocket\r\n") == "WebSocket");
  CHECK(upgrade_of("Upgrade: tcp, websocket\r\n") == "websocket");
  CHECK(upgrade_of("Upgrade: tcp\r\nUpgrade: h2c, websocket\r\n") == "websocket");
  CHECK(upgrade_of("Upgrade: tcp\r\n").empty());
  CHECK(upgrade_of("Upgrade: TLS/1.0, tcp\r\n", {"tcp", "tls"}) == "TLS/1.0");
  CHECK(upgrade_of("Upgrade: h2c\r\n", {"h2c"}).empty());
  CHECK(upgrade_of("Upgrade: websocket\r\n", {}).empty());
}

TEST_CASE("an Upgrade that may not pass leaves an ordinary request (G69)") {
  Routed routed;
  route(routed, "GET /", "Connection: Upgrade\r\nUpgrade: tcp\r\n");
  CHECK(routed.sent().find("pgrade") == std::string::npos);
}

TEST_CASE("a 101 answers the protocol that was asked for, or nobody (G69)") {
  const auto answers = [](std::string_view fields, std::string_view asked) {
    ResponseParser parser({});
    parser.reset(false);
    ResponseHead head;
    const std::string bytes = "HTTP/1.1 101 Switching Protocols\r\n" + std::string(fields) + "\r\n";
    REQUIRE(parser.parse_head(bytes, head).what == HeadStep::What::done);
    return answers_upgrade(head, asked);
  };
  CHECK(answers("Connection: Upgrade\r\nUpgrade: WebSocket\r\n", "websocket"));
  CHECK_FALSE(answers("Connection: Upgrade\r\nUpgrade: tcp\r\n", "websocket"));
  CHECK_FALSE(answers("Connection: Upgrade\r\n", "websocket"));
  CHECK_FALSE(answers("Connection: Upgrade\r\nUpgrade: h2c\r\n", "websocket"));
  CHECK_FALSE(answers("Connection: Upgrade\r\nUpgrade: websocket\r\n", ""));
}

TEST_CASE("a request id is the trusted peer's or ours, and never a stranger's (G95)") {
  CHECK(ids_of(kStranger, "") == "ours");
  CHECK(ids_of(kStranger, "X-Request-Id: spoof\r\n") == "ours");
  CHECK(ids_of(kTrusted, "") == "ours");
  CHECK(ids_of(kTrusted, "x-request-id: abc-1\r\n") == "abc-1 theirs");
  CHECK(ids_of(kTrusted, "X-Request-Id: a\r\nX-Request-Id: b\r\n") == "a theirs");
  CHECK(ids_of(kTrusted, "X_Request_Id: shadow\r\nX-Request-Id: b\r\n") == "b theirs");
  CHECK(ids_of(kTrusted, "X-Request-Id: two words\r\n") == "ours");
  CHECK(ids_of(kTrusted, "X-Request-Id:\r\n") == "ours");
  CHECK(ids_of(kTrusted, "X-Request-Id: " + std::string(129, 'x') + "\r\n") == "ours");
  CHECK(ids_of(kTrusted, "Connection: X-Request-Id\r\nX-Request-Id: a\r\n") == "ours");
}

TEST_CASE("our request id is written once, under the name that the user chose") {
  Routed routed;
  route(routed, "GET /", "X-Request-Id: spoof\r\n");
  CHECK(routed.sent(kPolicy, "0123").find("\r\nX-Request-Id: 0123\r\n") != std::string::npos);
  CHECK(routed.sent(kPolicy, "0123").find("spoof") == std::string::npos);
}

TEST_CASE("generated request ids are 32 hexadecimal digits and differ, also between workers") {
  std::set<std::string> ids;
  for (std::uint64_t worker = 0; worker < 3; ++worker) {
    RequestIds generator(worker * 7919, worker);
    for (int i = 0; i < 1000; ++i) {
      const std::string id(generator.next());
      CHECK(id.size() == 32);
      CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
      CHECK(is_request_id(id));
      ids.insert(id);
    }
  }
  CHECK(ids.size() == 3000);
}

}  // namespace lastcall::proto
