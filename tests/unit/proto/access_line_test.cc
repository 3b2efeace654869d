#include "proto/access_line.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace lastcall::proto {
namespace {

// 2026-11-22T06:17:30.123456Z
constexpr std::int64_t kTime = 1'795'328'250'123;

AccessLine sample() {
  AccessLine line;
  line.unix_ms = kTime;
  line.client = "203.0.113.9";
  line.request = "GET /a?b=c HTTP/1.1";
  line.referer = "http://example.org/";
  line.user_agent = "curl/7.88.1";
  line.id = "1f";
  line.phase = "draining";
  line.bytes_sent = 612;
  line.duration = microseconds(1'234'567);
  line.connect = microseconds(950);
  line.first_byte = microseconds(1'200'000);
  line.in_flight = 3;
  line.instance = 0;
  line.status = 200;
  return line;
}

std::string combined(const AccessLine& line) {
  std::string out;
  append_combined(out, line);
  return out;
}

std::string json(const AccessLine& line) {
  std::string out;
  append_json(out, line);
  return out;
}

std::string with_request(std::string_view request, std::string (*format)(const AccessLine&)) {
  AccessLine line = sample();
  line.request = request;
  return format(line);
}

}  // namespace

TEST_CASE("combined is Apache's line, and behind it what a proxy knows") {
  CHECK(combined(sample()) ==
        "203.0.113.9 - - [22/Nov/2026:06:17:30 +0000] \"GET /a?b=c HTTP/1.1\" 200 612 \"http://example.org/\" \"curl/7.88.1\" "
        "duration=1.234 connect=0.000 first_byte=1.200 in_flight=3 phase=draining instance=0 id=1f outcome=ok\n");
  AccessLine bare;
  bare.client = "unix";
  bare.phase = "serving";
  bare.outcome = AccessOutcome::client_gone;
  CHECK(combined(bare) ==
        "unix - - [01/Jan/1970:00:00:00 +0000] \"-\" 000 0 \"-\" \"-\" "
        "duration=0.000 connect=- first_byte=- in_flight=0 phase=serving instance=- id=- outcome=client_gone\n");
}

TEST_CASE("json is one object a line, and what is not known is null") {
  CHECK(json(sample()) ==
        "{\"time\":\"2026-11-22T06:17:30.123Z\",\"client\":\"203.0.113.9\",\"request\":\"GET /a?b=c HTTP/1.1\",\"status\":200,"
        "\"bytes_sent\":612,\"referer\":\"http://example.org/\",\"user_agent\":\"curl/7.88.1\",\"duration_ms\":1234.567,"
        "\"connect_ms\":0.950,\"first_byte_ms\":1200.000,\"in_flight\":3,\"phase\":\"draining\",\"instance\":0,\"id\":\"1f\","
        "\"outcome\":\"ok\"}\n");
  AccessLine bare;
  bare.phase = "serving";
  bare.client = "::1";
  bare.bytes_received = 7;
  CHECK(json(bare) ==
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"client\":\"::1\",\"request\":null,\"status\":null,\"bytes_sent\":0,"
        "\"bytes_received\":7,\"referer\":null,\"user_agent\":null,\"duration_ms\":0.000,\"connect_ms\":null,\"first_byte_ms\":null,"
        "\"in_flight\":0,\"phase\":\"serving\",\"instance\":null,\"id\":null,\"outcome\":\"ok\"}\n");
}

TEST_CASE("no byte of a request can end its line, leave its quotes or pass for another field") {
  for (int value = 0; value < 256; ++value) {
    CAPTURE(value);
    const char byte = static_cast<char>(value);
    const std::string request = std::string("GET /") + byte + " HTTP/1.1";
    const bool plain = value >= 0x20 && value < 0x7f && byte != '"' && byte != '\\';
    constexpr std::string_view kUpper = "0123456789ABCDEF", kLower = "0123456789abcdef";
    const std::string in_combined = plain ? std::string(1, byte) : std::string("\\x") + kUpper[value / 16U] + kUpper[value % 16U];
    const std::string in_json = plain ? std::string(1, byte) : std::string("\\u00") + kLower[value / 16U] + kLower[value % 16U];
    CHECK(with_request(request, combined).find("] \"GET /" + in_combined + " HTTP/1.1\" 200 ") != std::string::npos);
    CHECK(with_request(request, json).find("\"GET /" + in_json + " HTTP/1.1\",\"status\"") != std::string::npos);
  }
  const std::string forged = "GET / HTTP/1.1\" 200 0 \"-\" \"-\"\n1.2.3.4 - - [";
  for (const auto format : {combined, json}) {
    AccessLine line = sample();
    line.request = line.referer = line.user_agent = line.id = forged;
    const std::string text = format(line);
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    CHECK(text.ends_with('\n'));
    CHECK(text.find("HTTP/1.1\" 200 0") == std::string::npos);
  }
}

TEST_CASE("a line fits a pipe's atomic write, whatever its parts; a cut value ends in dots and never within an escape") {
  const std::string worst(8192, '\xff');
  for (const auto format : {combined, json}) {
    AccessLine line = sample();
    line.client = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
    line.request = line.referer = line.user_agent = line.id = worst;
    line.phase = "ending_streams";
    line.outcome = AccessOutcome::dropped_at_deadline;
    line.bytes_sent = line.in_flight = UINT64_MAX;
    line.bytes_received = UINT64_MAX;
    line.duration = *(line.connect = line.first_byte = Duration::max());
    line.instance = UINT32_MAX;
    CHECK(format(line).size() <= AccessLine::kMaxSize);
  }
  CHECK(with_request(std::string(2000, 'a'), combined).find(std::string(2000, 'a') + "\" 200") != std::string::npos);
  CHECK(with_request(std::string(2001, 'a'), combined).find(std::string(2000, 'a') + "...\" 200") != std::string::npos);
  CHECK(with_request(std::string(1999, 'a') + "\xff", combined).find(std::string(1999, 'a') + "...\" 200") != std::string::npos);
  CHECK(with_request(std::string(1995, 'a') + "\xff", json).find(std::string(1995, 'a') + "...\",") != std::string::npos);
}

TEST_CASE("times are right on days that are easily got wrong") {
  const auto day = [](std::int64_t seconds_since) {
    AccessLine line = sample();
    line.unix_ms = seconds_since * 1000;
    return json(line).substr(9, 24);
  };
  CHECK(day(951'782'399) == "2000-02-28T23:59:59.000Z");
  CHECK(day(951'782'400) == "2000-02-29T00:00:00.000Z");
  CHECK(day(1'709'164'800) == "2024-02-29T00:00:00.000Z");
  CHECK(day(4'102'444'799) == "2099-12-31T23:59:59.000Z");
}

}  // namespace lastcall::proto
