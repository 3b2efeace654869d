// Our chunk decoder against llhttp's: a body that both accept has the same payload and the same end.
#include <llhttp.h>

#include <vector>

#include "fuzz_input.h"

namespace lastcall::proto {
namespace {

struct Outcome {
  bool complete = false;
  std::size_t consumed = 0;
  std::string payload;
};

constexpr std::string_view kHead = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

Outcome ours(std::string_view data) {
  Outcome outcome;
  RequestParser parser({.chunk_extensions = SIZE_MAX, .trailers = SIZE_MAX});
  RequestHead head;
  expect(parser.parse_head(kHead, head).what == HeadStep::What::done, "our head is accepted");
  std::vector<std::string_view> slices;
  const auto step = parser.parse_body(data, slices);
  for (const auto slice : slices) outcome.payload.append(slice);
  outcome.complete = step.complete;
  outcome.consumed = step.consumed;
  return outcome;
}

Outcome theirs(std::string_view data) {
  Outcome outcome;
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_body = [](llhttp_t* parser, const char* at, size_t size) -> int {
    static_cast<Outcome*>(parser->data)->payload.append(at, size);
    return 0;
  };
  settings.on_message_complete = [](llhttp_t* parser) -> int {
    static_cast<Outcome*>(parser->data)->complete = true;
    return HPE_PAUSED;
  };
  llhttp_t parser;
  llhttp_init(&parser, HTTP_REQUEST, &settings);
  parser.data = &outcome;
  const std::string bytes = std::string(kHead) + std::string(data);
  llhttp_execute(&parser, bytes.data(), bytes.size());
  if (!outcome.complete) return outcome;
  outcome.consumed = static_cast<std::size_t>(llhttp_get_error_pos(&parser) - bytes.data()) - kHead.size();
  return outcome;
}

}  // namespace
}  // namespace lastcall::proto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall::proto;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Outcome mine = ours(bytes);
  const Outcome reference = theirs(bytes);
  if (!mine.complete || !reference.complete) return 0;
  expect_equal(reference.payload, mine.payload, "payloads");
  expect(reference.consumed == mine.consumed, "the same end");
  return 0;
}
