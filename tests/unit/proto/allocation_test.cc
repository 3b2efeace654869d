// Counts what operator new gives out while messages are read and written on: in the steady state, nothing.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "proto/http1_response.h"
#include "proto/http_forward.h"
#include "proto/request_id.h"
#include "proto/request_route.h"

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size > 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace lastcall::proto {

TEST_CASE("an exchange like the one before costs no allocation (docs/design.md 4)") {
  const std::string request =
      "POST http://b/ HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nX-Forwarded-For: 1\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  const std::string body = "5;x\r\nhello\r\n0\r\nT: 1\r\n\r\n";
  const std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\n\r\nhello";

  const ForwardPolicy policy{.forwarded = true, .pseudonym = "lastcall-1f", .request_id = "X-Request-Id"};
  const ClientFacts client{.host = "2001:db8::1", .port = 8080};
  RequestIds ids(1, 2);
  RequestParser requests({});
  ResponseParser responses({});
  RequestHead request_head;
  ResponseHead response_head;
  std::vector<std::string_view> slices;
  std::string out;
  std::size_t before = 0;
  for (int i = 0; i < 10; ++i) {
    if (i == 1) before = allocations;
    out.clear();
    slices.clear();
    requests.reset();
    responses.reset(false);
    REQUIRE(requests.parse_head(request, request_head).what == HeadStep::What::done);
    REQUIRE_FALSE(route_request(request_head, policy, client));
    append_request_head(out, request_head, policy, client, ids.next());
    REQUIRE(requests.parse_body(body, slices).complete);
    const auto step = responses.parse_head(response, response_head);
    REQUIRE(step.what == HeadStep::What::done);
    append_response_head(out, response_head, {});
    REQUIRE(responses.parse_body(std::string_view(response).substr(step.consumed), slices).complete);
  }
  CHECK(allocations == before);
  CHECK(before > 0);
}

}  // namespace lastcall::proto
