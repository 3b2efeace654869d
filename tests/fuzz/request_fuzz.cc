// Any split of the same bytes gives the same events; what is accepted goes on as a request that we would accept ourselves, with the
// same framing; and llhttp sees the same fields and the same framing in it.
#include "fuzz_input.h"
#include "llhttp_reference.h"
#include "proto/http_forward.h"
#include "proto/request_route.h"

namespace lastcall::proto {
namespace {

struct Way {
  ForwardPolicy policy;
  ClientFacts client;
};

Way choose_way(std::uint8_t options) {
  Way way;
  way.policy.x_forwarded = (options & 2) == 0;
  way.policy.forwarded = (options & 4) != 0 || !way.policy.x_forwarded;
  way.policy.via = (options & 8) != 0;
  way.policy.pseudonym = "lastcall-1f";
  if ((options & 16) != 0) way.policy.request_id = "X-Request-Id";
  way.client = {.host = (options & 32) != 0 ? "2001:db8::1" : "192.0.2.1", .port = 8080, .trusted = (options & 64) != 0};
  return way;
}

// What an untrusted client can't make the child see.
void check_ours(const RequestHead& seen, const Way& way) {
  unsigned x_forwarded = 0, forwarded = 0;
  for (const Field& field : seen.fields) {
    if (field.id >= FieldId::x_forwarded_for && field.id <= FieldId::x_forwarded_proto) ++x_forwarded;
    if (field.id == FieldId::forwarded) ++forwarded;
    expect(field.id != FieldId::http2_settings && field.id != FieldId::x_forwarded_shadow, "dropped fields are gone");
    expect(field.id != FieldId::te || field.value == "trailers", "no coding but trailers goes on");
  }
  if (way.client.trusted) return;
  expect(x_forwarded == (!way.policy.x_forwarded ? 0U : seen.host.empty() ? 3U : 4U), "only our X-Forwarded fields");
  expect(forwarded == (way.policy.forwarded ? 1U : 0U), "only our Forwarded");
}

void check_forwarded(std::string_view bytes, std::uint8_t options) {
  RequestParser parser({});
  RequestHead head;
  const auto step = parser.parse_head(bytes, head);
  if (step.what != HeadStep::What::done) return;
  check_llhttp_reads_the_same(HTTP_REQUEST, bytes.substr(0, step.consumed), head.fields, head.framing, head.content_length);

  const Way way = choose_way(options);
  if (route_request(head, way.policy, way.client)) return;
  std::string once;
  append_request_head(once, head, way.policy, way.client, head.wants_request_id ? "0123" : "");
  // A trusted peer's lines of one name become one, which may be longer than a request line but not than a head.
  RequestParser second({.request_line = 16 * 1024, .head = 256 * 1024, .fields = 256});
  RequestHead seen;
  const auto again = second.parse_head(once, seen);
  expect(again.what == HeadStep::What::done, "a forwarded head is accepted");
  expect(again.consumed == once.size(), "a forwarded head is one head");
  expect(seen.method == head.method && seen.host == head.host, "method and host are kept");
  expect(seen.framing == head.framing && seen.content_length == head.content_length, "framing is kept");
  expect(seen.upgrade == head.upgrade && seen.te_trailers == head.te_trailers, "upgrade and TE are kept");
  expect(route_request(seen, way.policy, way.client).status == 508, "a second visit is seen");
  check_ours(seen, way);
}

}  // namespace
}  // namespace lastcall::proto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall::proto;
  const FuzzInput input(data, size);
  const auto expected = request_events(input.bytes, all_at_once(), input.limits());
  expect_equal(expected, request_events(input.bytes, pseudo_random_pieces(input.seed), input.limits()), "events");
  if (input.bytes.size() < 256) expect_equal(expected, request_events(input.bytes, pieces_of(1), input.limits()), "bytewise events");
  check_forwarded(input.bytes, input.options);
  return 0;
}
