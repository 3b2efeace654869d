// Any split of the same bytes gives the same events; what is accepted goes on as a request that we would accept ourselves, with the
// same framing; and where llhttp accepts the whole head too, it sees the same framing in it.
#include <llhttp.h>

#include "fuzz_input.h"
#include "proto/http_forward.h"

namespace lastcall::proto {
namespace {

void check_reference(std::string_view head_bytes, const RequestHead& head) {
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_headers_complete = [](llhttp_t*) -> int { return HPE_PAUSED; };
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  if (llhttp_execute(&parser, head_bytes.data(), head_bytes.size()) != HPE_PAUSED) return;  // stricter than we are: fine
  expect((parser.flags & F_CHUNKED) != 0 ? head.framing == Framing::chunked : head.framing != Framing::chunked, "chunked as llhttp");
  expect(parser.content_length == head.content_length, "length as llhttp");
  expect(parser.http_minor == head.minor, "version as llhttp");
}

void check_forwarded(std::string_view bytes) {
  RequestParser parser({});
  RequestHead head;
  const auto step = parser.parse_head(bytes, head);
  if (step.what != HeadStep::What::done) return;
  check_reference(bytes.substr(0, step.consumed), head);

  std::string once;
  append_request_head(once, head, {.client = "192.0.2.1"});
  RequestParser second({.request_line = 16 * 1024, .head = 128 * 1024, .fields = 256});
  RequestHead seen;
  const auto again = second.parse_head(once, seen);
  expect(again.what == HeadStep::What::done, "a forwarded head is accepted");
  expect(again.consumed == once.size(), "a forwarded head is one head");
  expect(seen.method == head.method && seen.host == head.host, "method and host are kept");
  expect(seen.framing == head.framing && seen.content_length == head.content_length, "framing is kept");
  expect(seen.upgrade == head.upgrade, "upgrade is kept");
  unsigned forwarded = 0;
  for (const Field& field : seen.fields) {
    if (field.id == FieldId::x_forwarded) ++forwarded;
    expect(field.id != FieldId::forwarded && field.id != FieldId::http2_settings && field.id != FieldId::te, "dropped fields are gone");
  }
  expect(forwarded == (head.host.empty() ? 2U : 3U), "only our X-Forwarded fields");
}

}  // namespace
}  // namespace lastcall::proto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall::proto;
  const FuzzInput input(data, size);
  const auto expected = request_events(input.bytes, all_at_once(), input.limits());
  expect_equal(expected, request_events(input.bytes, pseudo_random_pieces(input.seed), input.limits()), "events");
  if (input.bytes.size() < 256) expect_equal(expected, request_events(input.bytes, pieces_of(1), input.limits()), "bytewise events");
  check_forwarded(input.bytes);
  return 0;
}
