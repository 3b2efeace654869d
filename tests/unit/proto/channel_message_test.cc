#include "proto/channel_message.h"

#include <doctest/doctest.h>

#include <cctype>
#include <set>

namespace lastcall::proto {
namespace {

// The header's numbers as another build might have them.
std::string with_header(std::string bytes, std::uint16_t type, std::uint16_t size) {
  const MessageHeader header{type, size, 0};
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

template <class Message>
std::optional<Message> decode(std::string_view bytes) {
  if constexpr (std::is_same_v<Message, ToWorker>) {
    return decode_to_worker(bytes);
  } else {
    return decode_to_supervisor(bytes);
  }
}

template <class Body, class Message>
void check_sizes() {
  const std::string bytes = encode(Body{}, 7);
  CAPTURE(Body::kType);
  REQUIRE(decode<Message>(bytes));
  CHECK(std::holds_alternative<Body>(*decode<Message>(bytes)));
  constexpr auto kSize = static_cast<std::uint16_t>(sizeof(Body));
  CHECK_FALSE(decode<Message>(bytes.substr(0, bytes.size() - 1)));
  CHECK_FALSE(decode<Message>(bytes + "x"));
  CHECK_FALSE(decode<Message>(with_header(bytes, Body::kType, kSize - 1)));
  CHECK_FALSE(decode<Message>(with_header(bytes, Body::kType, kSize + 1)));
  CHECK_FALSE(decode<Message>(with_header(bytes + "x", Body::kType, kSize + 1)));
  CHECK_FALSE(decode<Message>(bytes.substr(0, sizeof(MessageHeader))));
}

template <class... Bodies>
void check_all(std::variant<Bodies...>*) {
  (check_sizes<Bodies, std::variant<Bodies...>>(), ...);
}

template <class... Bodies>
void collect_types(std::set<std::uint16_t>& types, std::variant<Bodies...>*) {
  (types.insert(Bodies::kType), ...);
}

}  // namespace

TEST_CASE("every message is read back with its own size and refused with any other") {
  check_all(static_cast<ToWorker*>(nullptr));
  check_all(static_cast<ToSupervisor*>(nullptr));
}

TEST_CASE("no two messages share a type, and a type of the other direction is refused") {
  std::set<std::uint16_t> types;
  collect_types(types, static_cast<ToWorker*>(nullptr));
  collect_types(types, static_cast<ToSupervisor*>(nullptr));
  CHECK(types.size() == std::variant_size_v<ToWorker> + std::variant_size_v<ToSupervisor>);
  CHECK_FALSE(decode_to_supervisor(encode(message::Ping{1}, 0)));
  CHECK_FALSE(decode_to_worker(encode(message::Pong{1}, 0)));
}

TEST_CASE("an unknown type, a torn header and nothing at all are refused") {
  const auto ping = encode(message::Ping{1}, 0);
  for (const int type : {0, 12, 63, 73, 0x0900, 0xffff}) {
    CHECK_FALSE(decode_to_worker(with_header(ping, static_cast<std::uint16_t>(type), 8)));
  }
  for (std::size_t size = 0; size < sizeof(MessageHeader); ++size) CHECK_FALSE(decode_to_worker(std::string_view(ping).substr(0, size)));
}

TEST_CASE("a message keeps its values and its sequence number") {
  const message::PhaseChange sent{3, 4, 0, 10, 20, 30, 40, 50};
  const auto bytes = encode(sent, 0x01020304);
  MessageHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  CHECK(header.seq == 0x01020304);
  CHECK(header.size == sizeof sent);
  const auto read = std::get<message::PhaseChange>(decode_to_worker(bytes).value());
  CHECK(read.version == 3);
  CHECK(read.phase == 4);
  CHECK(read.exit == 50);
}

TEST_CASE("a count, a state or an address size out of range is refused") {
  message::Upstreams upstreams{};
  upstreams.count = message::Upstreams::kMax;
  for (auto& entry : upstreams.entries) entry = {1, InstanceState::gone, {}, sizeof(sockaddr_storage), 0};
  CHECK(decode_to_worker(encode(upstreams, 0)));
  upstreams.count = message::Upstreams::kMax + 1;
  CHECK_FALSE(decode_to_worker(encode(upstreams, 0)));
  upstreams.count = 2;
  upstreams.entries[1].address_size = sizeof(sockaddr_storage) + 1;
  CHECK_FALSE(decode_to_worker(encode(upstreams, 0)));
  upstreams.count = 1;  // what lies beyond the count is not looked at
  CHECK(decode_to_worker(encode(upstreams, 0)));
  upstreams.entries[0].state = static_cast<InstanceState>(4);
  CHECK_FALSE(decode_to_worker(encode(upstreams, 0)));
  CHECK_FALSE(decode_to_worker(encode(message::StopAccepting{2, 0}, 0)));
}

TEST_CASE("a census tells of as many instances as there can be, each with its own numbers, and of no more") {
  message::CensusReport census{};
  census.finite = 40;
  census.count = message::CensusReport::kMax;
  for (std::uint32_t i = 0; i < census.count; ++i) census.entries[i] = {i, 0, i + 1, 2 * i};
  const auto read = std::get<message::CensusReport>(decode_to_supervisor(encode(census, 0)).value());
  CHECK(read.finite == 40);
  CHECK(read.count == message::CensusReport::kMax);
  CHECK(read.entries.back().instance == message::CensusReport::kMax - 1);
  CHECK(read.entries.back().finite == message::CensusReport::kMax);
  CHECK(read.entries.back().streams == 2 * (message::CensusReport::kMax - 1));
  census.entries[1].sealed = 2;
  CHECK_FALSE(decode_to_supervisor(encode(census, 0)));
  census.entries[1].sealed = 1;
  CHECK(decode_to_supervisor(encode(census, 0)));
  census.count = message::CensusReport::kMax + 1;
  CHECK_FALSE(decode_to_supervisor(encode(census, 0)));
}

TEST_CASE("the build id names the version and these very bytes, and fits into hello") {
  const std::string id(build_id());
  CHECK(id.size() < sizeof(message::Hello::build));
  const auto dash = id.find('-');
  REQUIRE(dash != std::string::npos);
  CHECK(id.substr(0, dash) == LASTCALL_VERSION);
  CHECK(id.size() - dash - 1 == 40);  // a SHA-1 in hexadecimal
  for (const char c : id.substr(dash + 1)) CHECK(std::isxdigit(static_cast<unsigned char>(c)) != 0);
  CHECK(build_id().data() == build_id().data());
}

}  // namespace lastcall::proto
