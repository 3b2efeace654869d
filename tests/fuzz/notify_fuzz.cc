// A notification of the child is bounded and harmless whatever it says: no time below or equal to zero, a status that is one printable line, and
// the same assignments twice mean the same.
#include "fuzz_input.h"
#include "proto/notify_message.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall;
  using namespace lastcall::proto;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto message = parse_notify_message(bytes);
  expect(message.has_value() || size == 0 || size > kNotifyLimit || bytes.find('\0') != bytes.npos, "only what is no text is refused");
  if (!message) return 0;
  for (const auto& time : {message->extend_timeout, message->watchdog_time}) expect(!time || *time > Duration::zero(), "a time is above zero");
  expect(!message->main_pid || *message->main_pid > 0, "a pid is above zero");
  if (message->status) {
    expect(message->status->size() <= kNotifyStatusLimit, "a status is bounded");
    for (const char c : *message->status) expect(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a status is printable");
  }
  if (bytes.size() * 2 + 1 > kNotifyLimit || bytes.back() == '\0') return 0;
  const auto twice = parse_notify_message(bytes + "\n" + bytes);
  expect(twice && twice->ready == message->ready && twice->status == message->status && twice->other == 2 * message->other,
         "said twice is meant once");
  return 0;
}
