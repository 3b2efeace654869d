#include "proto/channel_message.h"

#include <type_traits>

namespace lastcall::proto {
namespace {

constexpr std::size_t kMaxBody = 4096;

bool in_range(const message::Upstreams& body) {
  if (body.count > message::Upstreams::kMax) return false;
  for (std::uint32_t i = 0; i < body.count; ++i) {
    const auto& entry = body.entries[i];
    if (entry.state > InstanceState::gone || entry.address_size > sizeof entry.address) return false;
  }
  return true;
}
bool in_range(const message::StopAccepting& body) { return body.take_queue <= 1; }
bool in_range(const message::ReopenLog& body) { return body.which <= message::ReopenLog::own; }
bool in_range(const message::CensusReport& body) {
  if (body.count > message::CensusReport::kMax) return false;
  for (std::uint32_t i = 0; i < body.count; ++i)
    if (body.entries[i].sealed > 1) return false;
  return true;
}
bool in_range(const auto&) { return true; }

// Tries one alternative: true when the type is Body's, whether or not the rest is right.
template <class Body, class Message>
bool try_body(const MessageHeader& header, std::span<const char> bytes, std::optional<Message>& message) {
  static_assert(std::is_trivially_copyable_v<Body> && sizeof(Body) <= kMaxBody);
  static_assert(std::has_unique_object_representations_v<Body>, "padding would send what lay in memory");
  if (header.type != Body::kType) return false;
  Body body;
  if (header.size != sizeof body || bytes.size() != sizeof body) return true;
  std::memcpy(&body, bytes.data(), sizeof body);
  if (in_range(body)) message = body;
  return true;
}

template <class... Bodies>
std::optional<std::variant<Bodies...>> decode(std::span<const char> bytes, std::variant<Bodies...>*) {
  std::optional<std::variant<Bodies...>> message;
  MessageHeader header;
  if (bytes.size() < sizeof header) return message;
  std::memcpy(&header, bytes.data(), sizeof header);
  (try_body<Bodies>(header, bytes.subspan(sizeof header), message) || ...);
  return message;
}

}  // namespace

std::optional<ToWorker> decode_to_worker(std::span<const char> bytes) { return decode(bytes, static_cast<ToWorker*>(nullptr)); }

std::optional<ToSupervisor> decode_to_supervisor(std::span<const char> bytes) {
  return decode(bytes, static_cast<ToSupervisor*>(nullptr));
}

}  // namespace lastcall::proto
