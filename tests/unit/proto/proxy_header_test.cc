#include "proto/proxy_header.h"

#include <doctest/doctest.h>

#include <string>

#include "proto/crc32c.h"
#include "proxy_header_lines.h"

namespace lastcall::proto {
namespace {

using namespace std::string_literals;

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

Address address(std::string_view text) {
  auto result = Address::parse(text);
  REQUIRE_MESSAGE(result.ok(), std::string(text));
  return std::move(result).value();
}

std::string v2(std::uint8_t command, std::uint8_t family, const std::string& body) {
  std::string bytes = kSignature;
  bytes += static_cast<char>(command);
  bytes += static_cast<char>(family);
  bytes += static_cast<char>(body.size() >> 8);
  bytes += static_cast<char>(body.size() & 0xff);
  return bytes + body;
}

const std::string kInet4("\xc0\x00\x02\x07\xc6\x33\x64\x01\xdc\x04\x01\xbb", 12);

// "client > server", "local", the reason, or "more".
std::string outcome(std::string_view bytes, ProxyHeader* into = nullptr) {
  ProxyHeader header;
  const ProxyStep step = parse_proxy_header(bytes, header);
  if (into != nullptr) *into = header;
  if (step.what == ProxyStep::What::need_more) return "more";
  if (step.what == ProxyStep::What::invalid) {
    CHECK_FALSE(header.has_endpoints);
    return step.why;
  }
  CHECK(step.consumed <= bytes.size());
  return header.has_endpoints ? header.client.to_string() + " > " + header.server.to_string() : "local";
}

// As it comes byte by byte: `more` until the verdict, and the verdict never later than with the last byte.
std::string outcome_bytewise(std::string_view bytes) {
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string exact(bytes.substr(0, size));
    if (auto result = outcome(exact); result != "more") return result;
  }
  return "more";
}

}  // namespace

TEST_CASE("a v1 line is taken or refused exactly as the specification says (G121, G122)") {
  CHECK(proxy_lines().size() >= 60);
  for (const ProxyLine& line : proxy_lines()) {
    CAPTURE(std::string(line.bytes));
    const std::string result = outcome(line.bytes);
    CAPTURE(result);
    CHECK(result.find(line.outcome) != std::string::npos);
    CHECK(outcome_bytewise(line.bytes) == result);
  }
}

TEST_CASE("no prefix of a header is taken for a whole one (G121)") {
  for (const std::string& bytes : {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n"s, "PROXY UNKNOWN\r\n"s, v2(0x21, 0x11, kInet4),
                                   v2(0x20, 0x00, "tlv"), v2(0x21, 0x21, std::string(40, 'x'))}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(outcome(bytes.substr(0, size)) == "more");
    CHECK(outcome(bytes) != "more");
  }
}

TEST_CASE("a v1 line has at most 107 bytes (G122)") {
  const auto line = [](std::size_t size) { return "PROXY UNKNOWN " + std::string(size - 16, 'x') + "\r\n"; };
  CHECK(outcome(line(106)) == "local");
  CHECK(outcome(line(107)) == "local");
  CHECK(outcome(line(108)) == "PROXY line too long");
  CHECK(outcome(line(107).substr(0, 106)) == "more");
  CHECK(outcome(line(108).substr(0, 107)) == "PROXY line too long");
}

TEST_CASE("what follows a header stays where it is (G121)") {
  ProxyHeader header;
  const auto v1 = parse_proxy_header("PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n", header);
  CHECK(v1.consumed == 15);
  const auto second = parse_proxy_header(v2(0x21, 0x11, kInet4) + "GET /", header);
  CHECK(second.consumed == 28);
  CHECK(header.client.host() == "192.0.2.7");
}

TEST_CASE("a v2 header names its ends, TLVs are skipped (G123)") {
  CHECK(outcome(v2(0x21, 0x11, kInet4)) == "192.0.2.7:56324 > 198.51.100.1:443");
  CHECK(outcome(v2(0x21, 0x11, kInet4 + "\x04\x00\x03" "abc"s)) == "192.0.2.7:56324 > 198.51.100.1:443");
  const std::string six = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x01" + std::string(15, '\0') + "\x01" + "\x00\x50\x01\xbb"s;
  CHECK(outcome(v2(0x21, 0x21, six)) == "[2001:db8::1]:80 > [::1]:443");
}

TEST_CASE("a checksum in a v2 header must hold, wherever it stands and whatever else is announced (G123)") {
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c("6789", crc32c("12345")) == 0xe3069283);
  // As haproxy 2.6 writes it (proxy-v2-options crc32c,unique-id).
  const std::string theirs = "\x7f\x00\x00\x01\x7f\x00\x00\x01\xc3\xd0\x48\x0c\x03\x00\x04\xc9\x37\x00\x56\x05\x00\x00"s;
  CHECK(outcome(v2(0x21, 0x11, theirs)) == "127.0.0.1:50128 > 127.0.0.1:18444");
  const auto summed = [](std::uint8_t command, std::uint8_t family, const std::string& before, const std::string& after) {
    std::string bytes = v2(command, family, before + "\x03\x00\x04"s + std::string(4, '\0') + after);
    const std::uint32_t sum = crc32c(bytes);
    for (std::size_t i = 0; i < 4; ++i) bytes[16 + before.size() + 3 + i] = static_cast<char>(sum >> (24 - 8 * i) & 0xff);
    return bytes;
  };
  const std::string other = "\x04\x00\x03" "abc"s;
  for (const std::string& good : {summed(0x21, 0x11, kInet4, ""), summed(0x21, 0x11, kInet4 + other, other), summed(0x20, 0x00, other, ""),
                                  summed(0x21, 0x31, std::string(216, '\0'), other)}) {
    CHECK(outcome(good) != "wrong checksum in a PROXY header");
    std::string bad = good;
    bad.back() = static_cast<char>(bad.back() ^ 1);
    CHECK(outcome(bad) == "wrong checksum in a PROXY header");
    bad = good;
    bad[19] = static_cast<char>(bad[19] ^ 1);  // of the client's address, or of a TLV
    CHECK(outcome(bad) == "wrong checksum in a PROXY header");
  }
  CHECK(outcome(v2(0x21, 0x11, kInet4 + "\x03\x00\x03" "abc"s)) == "wrong checksum in a PROXY header");
  // The end of a TLV's head, or of its value, outside the header: no list that we could read, and nothing to check.
  CHECK(outcome(v2(0x21, 0x11, kInet4 + "\x03\x00"s)) == "192.0.2.7:56324 > 198.51.100.1:443");
  CHECK(outcome(v2(0x21, 0x11, kInet4 + "\x03\x00\x05" "abcd"s)) == "192.0.2.7:56324 > 198.51.100.1:443");
}

TEST_CASE("a v2 header of Unix sockets names their paths, also abstract and of full length (G123)") {
  const auto path = [](std::string text) { return text + std::string(108 - text.size(), '\0'); };
  CHECK(outcome(v2(0x21, 0x31, path("/run/a") + path("/run/b"))) == "unix:/run/a > unix:/run/b");
  CHECK(outcome(v2(0x21, 0x31, path("\0name"s) + path("/" + std::string(107, 'b')))) == "unix:@name > unix:/" + std::string(107, 'b'));
  CHECK(outcome(v2(0x21, 0x31, path("") + path(""))) == "unix: > unix:");
  CHECK(outcome(v2(0x21, 0x31, path("/run/a"))) == "PROXY header shorter than its addresses");
}

TEST_CASE("LOCAL is accepted with whatever it carries, and its length skipped (G123)") {
  CHECK(outcome(v2(0x20, 0x00, "")) == "local");
  CHECK(outcome(v2(0x20, 0x11, kInet4)) == "local");
  CHECK(outcome(v2(0x20, 0xff, std::string(300, 'x'))) == "local");
  ProxyHeader header;
  CHECK(parse_proxy_header(v2(0x20, 0x00, std::string(300, 'x')) + "rest", header).consumed == 316);
}

TEST_CASE("what is valid but no TCP leaves the connection's own ends (G123)") {
  CHECK(outcome(v2(0x21, 0x00, "")) == "local");
  CHECK(outcome(v2(0x21, 0x12, kInet4)) == "local");
  CHECK(outcome(v2(0x21, 0x32, std::string(216, 'x'))) == "local");
}

TEST_CASE("unknown versions, commands, families and short or long headers are refused by the byte that tells (G123)") {
  CHECK(outcome(kSignature + "\x11") == "unknown version of a PROXY header");
  CHECK(outcome(kSignature + "\x31") == "unknown version of a PROXY header");
  CHECK(outcome(kSignature + "\x22") == "unknown command in a PROXY header");
  CHECK(outcome(kSignature + "\x21\x41") == "unknown family in a PROXY header");
  CHECK(outcome(kSignature + "\x21\x13") == "unknown family in a PROXY header");
  CHECK(outcome(v2(0x21, 0x11, kInet4.substr(1))) == "PROXY header shorter than its addresses");
  CHECK(outcome(v2(0x21, 0x21, std::string(35, 'x'))) == "PROXY header shorter than its addresses");
  CHECK(outcome(v2(0x21, 0x11, "")) == "PROXY header shorter than its addresses");
}

TEST_CASE("a header has at most 16 KiB, whatever its length says (G123)") {
  CHECK(outcome(v2(0x20, 0x00, std::string(kMaxProxyHeader - 16, 'x'))) == "local");
  CHECK(outcome(v2(0x20, 0x00, std::string(kMaxProxyHeader - 15, 'x'))) == "PROXY header too long");
  CHECK(outcome(kSignature + "\x20\x00\xff\xff"s) == "PROXY header too long");
}

TEST_CASE("what we say reads back as the same two ends, in both versions (G207)") {
  const std::pair<const char*, const char*> ends[] = {{"192.0.2.7:56324", "198.51.100.1:443"},
                                                      {"[2001:db8::1]:1", "[::1]:65535"},
                                                      {"[::ffff:192.0.2.7]:5", "198.51.100.1:6"},
                                                      {"192.0.2.7:5", "[2001:db8::1]:6"}};
  for (const auto& [client, server] : ends) {
    CAPTURE(std::string(client));
    const std::string expected = address(client).to_string() + " > " + address(server).to_string();
    std::string first, second;
    append_proxy_header_v1(first, address(client), address(server));
    append_proxy_header_v2(second, address(client), address(server));
    CHECK(outcome(first) == expected);
    CHECK(outcome(second) == expected);
  }
}

TEST_CASE("version 1 is written to the letter, IPv4 from a dual-stack socket as IPv4 (G19, G122, G207)") {
  const auto v1 = [](const char* client, const char* server) {
    std::string out;
    append_proxy_header_v1(out, address(client), address(server));
    return out;
  };
  CHECK(v1("192.0.2.7:56324", "198.51.100.1:443") == "PROXY TCP4 192.0.2.7 198.51.100.1 56324 443\r\n");
  CHECK(v1("[::ffff:192.0.2.7]:1", "[::ffff:198.51.100.1]:2") == "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\r\n");
  CHECK(v1("192.0.2.7:1", "[2001:db8::1]:2") == "PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 1 2\r\n");
  CHECK(v1("unix:/run/a", "unix:/run/b") == "PROXY UNKNOWN\r\n");
  CHECK(v1("unix:/run/a", "192.0.2.7:1") == "PROXY UNKNOWN\r\n");
}

TEST_CASE("version 2 says Unix sockets by name, an unequal pair as UNSPEC, and our health checks as LOCAL (G123, G207)") {
  std::string unix_pair, unequal, local, nobody;
  append_proxy_header_v2(unix_pair, address("unix:/run/a"), address("unix:@b"));
  CHECK(outcome(unix_pair) == "unix:/run/a > unix:@b");
  append_proxy_header_v2(unequal, address("unix:/run/a"), address("192.0.2.7:1"));
  CHECK(unequal == v2(0x21, 0x00, ""));
  append_proxy_header_v2(nobody, Address(), Address());
  CHECK(nobody == v2(0x21, 0x00, ""));
  append_proxy_header_v2_local(local);
  CHECK(local == v2(0x20, 0x00, ""));
  CHECK(outcome(local) == "local");
}

}  // namespace lastcall::proto
