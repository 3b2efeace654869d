// Whatever arrives on the channel is refused or read as one message that encodes to the same bytes again.
#include <optional>
#include <string>
#include <variant>

#include "fuzz_input.h"
#include "proto/channel_message.h"

namespace lastcall::proto {
namespace {

template <class Message>
void check(const std::optional<Message>& message, std::string_view bytes) {
  if (!message) return;
  MessageHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto again = std::visit([&](const auto& body) { return encode(body, header.seq); }, *message);
  expect(again == bytes, "a message encodes to the bytes it was read from");
}

}  // namespace
}  // namespace lastcall::proto

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall::proto;
  const std::string bytes(reinterpret_cast<const char*>(data), size);  // a copy of the exact size, for ASan
  check(decode_to_worker(bytes), bytes);
  check(decode_to_supervisor(bytes), bytes);
  return 0;
}
