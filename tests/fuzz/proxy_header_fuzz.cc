// A header is judged the same however it arrives, a verdict never changes with what follows, and two ends that were read can be written
// and read again in both versions.
#include "fuzz_input.h"
#include "proto/proxy_header.h"

namespace lastcall::proto {
namespace {

using What = ProxyStep::What;

std::string ends(const ProxyHeader& header) { return header.client.to_string() + " > " + header.server.to_string(); }

void check_written(const ProxyHeader& header) {
  ProxyHeader seen;
  std::string bytes;
  append_proxy_header_v2(bytes, header.client, header.server);
  expect(parse_proxy_header(bytes, seen).consumed == bytes.size(), "what we write is one header");
  expect_equal(ends(header), ends(seen), "ends in v2");
  bytes.clear();
  append_proxy_header_v1(bytes, header.client, header.server);
  expect(parse_proxy_header(bytes, seen).consumed == bytes.size(), "what we write is one line");
  expect(bytes.size() <= 107, "a line of at most 107 bytes");
  if (!header.client.is_unix()) expect_equal(ends(header), ends(seen), "ends in v1");
}

}  // namespace
}  // namespace lastcall::proto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall::proto;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ProxyHeader whole, piece;
  const ProxyStep step = parse_proxy_header(bytes, whole);
  expect(step.what != What::need_more || size < kMaxProxyHeader, "a full buffer has a verdict");
  expect(step.consumed <= size, "takes no more than there is");

  const std::size_t most = std::min<std::size_t>(size, 300);
  for (std::size_t have = 0; have < most; ++have) {
    const std::string exact(bytes.substr(0, have));
    const ProxyStep early = parse_proxy_header(exact, piece);
    if (early.what == What::need_more) continue;
    expect(early.what == step.what && early.consumed == step.consumed && std::string_view(early.why) == step.why, "the same verdict");
    break;
  }
  if (step.what == What::done && whole.has_endpoints) check_written(whole);
  return 0;
}
