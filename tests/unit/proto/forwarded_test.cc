#include <doctest/doctest.h>

#include <string>

#include "proto/http1_request.h"
#include "proto/http_forward.h"
#include "proto/request_route.h"

namespace lastcall::proto {
namespace {

constexpr ClientFacts kStranger{.host = "192.0.2.7", .port = 8080};
constexpr ClientFacts kTrusted{.host = "10.0.0.1", .port = 8080, .trusted = true};
const ForwardPolicy kPolicy;
const ForwardPolicy kForwarded{.x_forwarded = false, .forwarded = true};
const ForwardPolicy kBoth{.forwarded = true};

// The child's view of GET / with these fields, without the request line and Host.
std::string seen(const ForwardPolicy& policy, const ClientFacts& client, std::string_view fields, std::string_view host = "a") {
  constexpr std::string_view kLine = "GET / HTTP/1.1\r\n";
  const std::string start = std::string(kLine) + "Host: " + std::string(host) + "\r\n";
  const std::string bytes = start + std::string(fields) + "\r\n";
  RequestParser parser({});
  RequestHead head;
  const auto step = parser.parse_head(bytes, head);
  CAPTURE(std::string(step.why));
  REQUIRE(step.what == HeadStep::What::done);
  REQUIRE_FALSE(route_request(head, policy, client));
  std::string out;
  append_request_head(out, head, policy, client);
  REQUIRE(out.starts_with(start));
  return out.substr(start.size());
}

}  // namespace

TEST_CASE("the child is told who asked, by which scheme, for which host and at which port (G95)") {
  CHECK(seen(kPolicy, kStranger, "") ==
        "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\nX-Forwarded-Port: 8080\r\n\r\n");
  CHECK(seen(kForwarded, kStranger, "") == "Forwarded: for=192.0.2.7;host=a;proto=http\r\n\r\n");
  CHECK(seen(kBoth, kStranger, "").ends_with("X-Forwarded-Port: 8080\r\nForwarded: for=192.0.2.7;host=a;proto=http\r\n\r\n"));
  CHECK(seen(kPolicy, {.host = "192.0.2.7", .proto = "https", .port = 0}, "") ==
        "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n\r\n");
}

TEST_CASE("whatever an untrusted client says of itself is replaced, in every style and spelling (G95)") {
  constexpr std::string_view kSpoofed =
      "X-Forwarded-For: 6.6.6.6\r\nx-forwarded-proto: spoof\r\nX-Forwarded-Host: 6\r\nX-Forwarded-Port: 6\r\nForwarded: for=6.6.6.6\r\n"
      "X_Forwarded_For: 6.6.6.6\r\nX-Forwarded_Proto: 6\r\nX_Forwarded-Host: 6\r\nx_forwarded_port: 6\r\n";
  for (const ForwardPolicy& policy : {kPolicy, kForwarded, kBoth}) {
    CHECK(seen(policy, kStranger, kSpoofed) == seen(policy, kStranger, ""));
    CHECK(seen(policy, kStranger, "Connection: X-Forwarded-For, Forwarded\r\n" + std::string(kSpoofed)) == seen(policy, kStranger, ""));
  }
}

TEST_CASE("a trusted peer's chain is kept and the peer appended, in one line (G95)") {
  CHECK(seen(kPolicy, kTrusted, "X-Forwarded-For: 203.0.113.9\r\nA: 1\r\nX-Forwarded-For:\r\nX-Forwarded-For: 10.9.9.9, 10.8.8.8\r\n") ==
        "A: 1\r\nX-Forwarded-For: 203.0.113.9, 10.9.9.9, 10.8.8.8, 10.0.0.1\r\n"
        "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\nX-Forwarded-Port: 8080\r\n\r\n");
  CHECK(seen(kForwarded, kTrusted, "Forwarded: for=203.0.113.9;proto=https\r\nForwarded: for=\"[::1]\"\r\n") ==
        "Forwarded: for=203.0.113.9;proto=https, for=\"[::1]\", for=10.0.0.1;host=a;proto=http\r\n\r\n");
}

TEST_CASE("a trusted peer's scheme, host and port are its own to say; what it leaves out is ours (G95)") {
  CHECK(seen(kPolicy, kTrusted, "X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Port: 443\r\n") ==
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\nX-Forwarded-Port: 443\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n");
  CHECK(seen(kPolicy, kTrusted, "X-Forwarded-Proto: https\r\n") ==
        "X-Forwarded-Proto: https\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Host: a\r\nX-Forwarded-Port: 8080\r\n\r\n");
}

TEST_CASE("the style that we do not write passes from a trusted peer and from nobody else (G95)") {
  CHECK(seen(kPolicy, kTrusted, "Forwarded: for=1.2.3.4\r\n").starts_with("Forwarded: for=1.2.3.4\r\nX-Forwarded-For: 10.0.0.1\r\n"));
  CHECK(seen(kForwarded, kTrusted, "X-Forwarded-For: 1.2.3.4\r\n").starts_with("X-Forwarded-For: 1.2.3.4\r\nForwarded: for=10.0.0.1;"));
  CHECK(seen(kForwarded, kStranger, "X-Forwarded-For: 1.2.3.4\r\n") == seen(kForwarded, kStranger, ""));
}

TEST_CASE("not even a trusted peer may shadow our names with underscores (G87)") {
  CHECK(seen(kPolicy, kTrusted, "X_Forwarded_For: 6.6.6.6\r\nX-Forwarded_Proto: https\r\n") == seen(kPolicy, kTrusted, ""));
}

TEST_CASE("Forwarded brackets IPv6, quotes what is no token, and has no name for a Unix socket (G95, RFC 7239)") {
  CHECK(seen(kForwarded, {.host = "2001:db8::1"}, "", "a:8080") == "Forwarded: for=\"[2001:db8::1]\";host=\"a:8080\";proto=http\r\n\r\n");
  CHECK(seen(kForwarded, {.host = "unix"}, "", "[::1]:80") == "Forwarded: for=unknown;host=\"[::1]:80\";proto=http\r\n\r\n");
  CHECK(seen(kForwarded, {.host = "192.0.2.7"}, "", "") == "Forwarded: for=192.0.2.7;proto=http\r\n\r\n");
  CHECK(seen(kPolicy, {.host = "2001:db8::1"}, "").starts_with("X-Forwarded-For: 2001:db8::1\r\n"));
}

TEST_CASE("an open quote in Forwarded can't swallow the element that we append (G95)") {
  for (const char* open : {"for=\"6.6.6.6", "for=\"6\\\"", "\""}) {
    CAPTURE(std::string(open));
    CHECK(seen(kForwarded, kTrusted, "Forwarded: " + std::string(open) + "\r\n") == seen(kForwarded, kTrusted, ""));
  }
  CHECK(seen(kForwarded, kTrusted, "Forwarded: for=\"a\\\"b\"\r\n").starts_with("Forwarded: for=\"a\\\"b\", for=10.0.0.1;"));
}

TEST_CASE("our name goes into Via or into CDN-Loop, after those of others (G67)") {
  const ForwardPolicy via{.via = true, .pseudonym = "lastcall-1f"};
  const ForwardPolicy loop{.pseudonym = "lastcall-1f"};
  CHECK(seen(via, kStranger, "Via: 1.1 edge\r\n").starts_with("Via: 1.1 edge\r\nX-Forwarded-For"));
  CHECK(seen(via, kStranger, "Via: 1.1 edge\r\n").ends_with("Via: 1.1 lastcall-1f\r\n\r\n"));
  CHECK(seen(loop, kStranger, "CDN-Loop: edge.example\r\nVia: 1.1 edge\r\n").ends_with("CDN-Loop: lastcall-1f\r\n\r\n"));
  CHECK(seen(loop, kStranger, "CDN-Loop: edge.example\r\n").starts_with("CDN-Loop: edge.example\r\n"));
  CHECK(seen(loop, kStranger, "").find("Via") == std::string::npos);
}

}  // namespace lastcall::proto
