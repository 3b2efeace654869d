#include "base/address.h"

#include <doctest/doctest.h>

#include <netinet/in.h>

#include <cstring>
#include <string>

namespace lastcall {
namespace {

Address parsed(std::string_view text) {
  auto result = Address::parse(text);
  REQUIRE_MESSAGE(result.ok(), std::string(text));
  return std::move(result).value();
}

Address mapped_v4() {
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  raw.sin6_port = htons(80);
  const unsigned char bytes[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3};
  std::memcpy(&raw.sin6_addr, bytes, sizeof bytes);
  return Address::from(reinterpret_cast<const sockaddr*>(&raw), sizeof raw);
}

}  // namespace

TEST_CASE("a port alone, a colon or a star listens on every interface, both families (G19)") {
  for (const char* text : {":8080", "8080", "*:8080"}) {
    const Address address = parsed(text);
    CHECK(address.family() == AF_INET6);
    CHECK(address.port() == 8080);
    CHECK(address.to_string() == ":8080");
    CHECK_FALSE(address.is_loopback());
  }
}

TEST_CASE("numeric addresses and localhost are read, and written as parse accepts them") {
  CHECK(parsed("127.0.0.1:80").to_string() == "127.0.0.1:80");
  CHECK(parsed("[::1]:443").to_string() == "[::1]:443");
  CHECK(parsed("localhost:3000").to_string() == "127.0.0.1:3000");
  CHECK(parsed("unix:/run/app.sock").to_string() == "unix:/run/app.sock");
  CHECK(parsed("unix:@name").to_string() == "unix:@name");
  CHECK(Address::loopback(5).to_string() == "127.0.0.1:5");
}

TEST_CASE("every text form reads back as the same address") {
  for (const char* text : {":0", "10.0.0.1:65535", "[fe80::1]:1", "unix:/a", "unix:@a"}) {
    CAPTURE(text);
    CHECK(parsed(parsed(text).to_string()) == parsed(text));
  }
  CHECK_FALSE(parsed(":80") == parsed(":81"));
}

TEST_CASE("loopback is 127/8, ::1, what is mapped to it, and any Unix socket") {
  CHECK(parsed("127.8.9.10:1").is_loopback());
  CHECK(parsed("[::1]:1").is_loopback());
  CHECK(parsed("[::ffff:127.0.0.1]:1").is_loopback());
  CHECK(parsed("unix:@x").is_loopback());
  CHECK_FALSE(parsed("128.0.0.1:1").is_loopback());
  CHECK_FALSE(parsed("[::2]:1").is_loopback());
}

TEST_CASE("an IPv4 address that came through an IPv6 socket is shown as IPv4 (G19)") {
  CHECK(mapped_v4().host() == "10.1.2.3");
  CHECK(mapped_v4().to_string() == "10.1.2.3:80");
  CHECK(parsed("[2001:db8::1]:1").host() == "2001:db8::1");
  CHECK(parsed("unix:/x").host() == "unix");
}

TEST_CASE("a Unix path keeps its abstract name and its full length") {
  CHECK(parsed("unix:@lastcall/1").unix_path() == "@lastcall/1");
  const std::string longest = "/" + std::string(106, 'a');
  CHECK(parsed("unix:" + longest).unix_path() == longest);
  CHECK_FALSE(Address::parse("unix:" + longest + "a").ok());
  CHECK(parsed("1.2.3.4:1").unix_path().empty());
}

TEST_CASE("what is no address is refused with the text and the reason") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "port"},           {"host", "port"},          {":65536", "port"},         {":-1", "port"},
      {"1.2.3.4:", "port"},   {"example.org:80", "host"}, {"::1:80", "brackets"},     {"[::g]:80", "brackets"},
      {"unix:", "empty"},     {"1.2.3:80", "host"},       {"1.2.3.4:80x", "port"},
  };
  for (const auto& [text, reason] : cases) {
    CAPTURE(text);
    const auto result = Address::parse(text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find("\"" + std::string(text) + "\"") != std::string::npos);
    CHECK(result.error().message.find(reason) != std::string::npos);
  }
}

}  // namespace lastcall
