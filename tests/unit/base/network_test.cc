#include "base/network.h"

#include <doctest/doctest.h>

#include <string>

namespace lastcall {
namespace {

Network network(std::string_view text) {
  auto result = Network::parse(text);
  REQUIRE_MESSAGE(result.ok(), std::string(text));
  return std::move(result).value();
}

bool holds(std::string_view block, std::string_view host) {
  const bool bracketed = host.find(':') != host.npos && !host.starts_with("unix:");
  const auto address = Address::parse(host.starts_with("unix:") ? std::string(host)
                                      : bracketed               ? "[" + std::string(host) + "]:1"
                                                                : std::string(host) + ":1");
  REQUIRE_MESSAGE(address.ok(), std::string(host));
  return network(block).contains(address.value());
}

}  // namespace

TEST_CASE("a network holds its first and its last address and not their neighbours (G95)") {
  CHECK(holds("10.0.0.0/8", "10.0.0.0"));
  CHECK(holds("10.0.0.0/8", "10.255.255.255"));
  CHECK_FALSE(holds("10.0.0.0/8", "9.255.255.255"));
  CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
  CHECK(holds("192.168.4.0/22", "192.168.7.255"));
  CHECK_FALSE(holds("192.168.4.0/22", "192.168.8.0"));
  CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::"));
}

TEST_CASE("an address without a slash is itself alone") {
  CHECK(holds("192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(holds("192.0.2.7", "192.0.2.6"));
  CHECK(holds("::1", "::1"));
  CHECK_FALSE(holds("::1", "::2"));
}

TEST_CASE("an IPv4 peer on a dual-stack socket is the IPv4 address that it is (G19)") {
  CHECK(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK_FALSE(holds("10.0.0.0/8", "::ffff:11.1.2.3"));
  CHECK(holds("::ffff:10.0.0.0/104", "10.1.2.3"));
  CHECK(holds("0.0.0.0/0", "::ffff:11.1.2.3"));
}

TEST_CASE("all of IPv4 is not all of IPv6, nor the other way round") {
  CHECK(holds("0.0.0.0/0", "203.0.113.9"));
  CHECK_FALSE(holds("0.0.0.0/0", "2001:db8::1"));
  CHECK(holds("::/0", "2001:db8::1"));
  CHECK_FALSE(holds("::/0", "203.0.113.9"));
  CHECK_FALSE(holds("::/0", "::ffff:203.0.113.9"));
}

TEST_CASE("unix stands for Unix sockets and for nothing else") {
  CHECK(holds("unix", "unix:/run/app.sock"));
  CHECK_FALSE(holds("unix", "127.0.0.1"));
  CHECK_FALSE(holds("0.0.0.0/0", "unix:/run/app.sock"));
  CHECK_FALSE(network("unix").contains(Address()));
  CHECK_FALSE(network("0.0.0.0/0").contains(Address()));
}

TEST_CASE("every network reads back as itself") {
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.7/32", "::1/128", "unix"}) {
    CAPTURE(text);
    CHECK(network(text).to_string() == text);
  }
  CHECK(network("192.0.2.7").to_string() == "192.0.2.7/32");
  CHECK(network("::ffff:10.0.0.0/104").to_string() == "10.0.0.0/8");
  CHECK(network("10.0.0.0/8") == network("::ffff:10.0.0.0/104"));
}

TEST_CASE("what is no network is refused, with the reason") {
  const std::pair<const char*, const char*> cases[] = {
      {"", "before the slash"},          {"10.0.0.0/", "0 to 32"},        {"10.0.0.0/33", "0 to 32"},
      {"10.0.0.0/-1", "0 to 32"},        {"10.0.0.0/8x", "0 to 32"},      {"::/129", "0 to 128"},
      {"10.0.0.1/8", "is 10.0.0.0/8"},   {"2001:db8::1/32", "2001:db8::/32"}, {"10.0.0/8", "before the slash"},
      {"[::1]/128", "without brackets"}, {"10.0.0.1:80", "without a port"},   {"localhost", "before the slash"},
      {"10.0.0.0/8/8", "0 to 32"},       {"unix:/run/a", "before the slash"}, {"010.0.0.0/8", "before the slash"},
  };
  for (const auto& [text, why] : cases) {
    CAPTURE(text);
    const auto result = Network::parse(text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().message.find(why) != std::string::npos);
    CHECK(result.error().message.find("10.0.0.0/8, 2001:db8::/32") != std::string::npos);
  }
}

}  // namespace lastcall
