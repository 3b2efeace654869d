#include "supervisor/wrong_port_hint.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "os/socket.h"

using namespace lastcall;
using namespace lastcall::supervisor;

TEST_CASE("a server that ignores PORT is told where it listens and what to do (decision 10)") {
  const int self = ::getpid();
  const auto listener = os::listen_on(Address::loopback(0));
  REQUIRE(listener.ok());
  const Address where = os::local_address(listener.value().get()).value();
  const Address told = Address::loopback(20001);

  const auto hint = wrong_port_hint(told, true, std::span(&self, 1));
  REQUIRE(hint.has_value());
  CHECK(hint->starts_with("the server listens on " + where.to_string() + ", not on $PORT (20001): use --upstream " + where.to_string()));
  CHECK(wrong_port_hint(told, false, std::span(&self, 1))->find("not on 127.0.0.1:20001") != std::string::npos);
}

TEST_CASE("a server on every interface is reached by loopback") {
  const int self = ::getpid();
  const auto listener = os::listen_on(Address::parse("0.0.0.0:0").value());
  REQUIRE(listener.ok());
  const std::uint16_t port = os::local_address(listener.value().get()).value().port();
  CHECK(wrong_port_hint(Address::loopback(20001), true, std::span(&self, 1))->find("--upstream 127.0.0.1:" + std::to_string(port)) !=
        std::string::npos);
  CHECK_FALSE(wrong_port_hint(Address::loopback(port), true, std::span(&self, 1)).has_value());
}

TEST_CASE("a server that listens nowhere is merely slow") {
  const int self = ::getpid();
  CHECK_FALSE(wrong_port_hint(Address::loopback(20001), true, std::span(&self, 1)).has_value());
  CHECK_FALSE(wrong_port_hint(Address::loopback(20001), true, {}).has_value());
  CHECK(listens_nowhere(std::span(&self, 1)));
  CHECK_FALSE(listens_nowhere({}));
  const auto listener = os::listen_on(Address::loopback(0));
  REQUIRE(listener.ok());
  CHECK_FALSE(listens_nowhere(std::span(&self, 1)));
}
