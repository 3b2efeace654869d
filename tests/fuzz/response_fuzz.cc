// Any split of the child's bytes gives the same events, and what we tell the client is a response with the framing that we return;
// llhttp sees the same fields in what we accept.
#include "fuzz_input.h"
#include "llhttp_reference.h"
#include "proto/http1_response.h"
#include "proto/http_forward.h"

namespace lastcall::proto {
namespace {

void check_forwarded(std::string_view bytes, const ResponseEdits& edits) {
  ResponseParser parser({});
  parser.reset(edits.head_only);
  ResponseHead head;
  const auto step = parser.parse_head(bytes, head);
  if (step.what != HeadStep::What::done) return;
  // What has no body has no framing of its own to compare.
  const bool framed = head.framing == Framing::length || head.framing == Framing::chunked;
  check_llhttp_reads_the_same(HTTP_RESPONSE, bytes.substr(0, step.consumed), head.fields, framed ? head.framing : Framing::until_close,
                              head.content_length);
  std::string once;
  const Framing framing = append_response_head(once, head, edits);

  ResponseParser second({.head = 128 * 1024, .fields = 256});
  second.reset(edits.head_only);
  ResponseHead seen;
  const auto again = second.parse_head(once, seen);
  expect(again.what == HeadStep::What::done, "a forwarded head is accepted");
  expect(again.consumed == once.size(), "a forwarded head is one head");
  expect(seen.status == head.status, "the status is kept");
  expect(seen.framing == framing, "framing is as announced");
  expect(framing != Framing::chunked || edits.client_minor == 1, "no chunks for HTTP/1.0");
  expect(framing != Framing::length || seen.content_length == head.content_length, "the length is kept");
  const bool final_head = !head.informational && head.status != 101;
  expect(!final_head || !edits.close || !seen.keep_alive, "close is said where it is asked for");
}

}  // namespace
}  // namespace lastcall::proto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall::proto;
  const FuzzInput input(data, size);
  const bool to_head = (input.options & 2) != 0;
  const auto expected = response_events(input.bytes, all_at_once(), to_head, input.limits());
  expect_equal(expected, response_events(input.bytes, pseudo_random_pieces(input.seed), to_head, input.limits()), "events");
  if (input.bytes.size() < 256) {
    expect_equal(expected, response_events(input.bytes, pieces_of(1), to_head, input.limits()), "bytewise events");
  }
  check_forwarded(input.bytes, {.close = (input.options & 4) != 0,
                                .client_minor = static_cast<std::uint8_t>((input.options & 8) != 0 ? 0 : 1),
                                .client_keep_alive_10 = (input.options & 16) != 0,
                                .head_only = to_head});
  return 0;
}
