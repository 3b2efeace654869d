#include "config/forward_options.h"

#include <doctest/doctest.h>

#include <string>

#include "config/load.h"
#include "config/option_table.h"

using namespace lastcall;
using namespace lastcall::config;

namespace {

using Texts = std::vector<std::string>;

std::string error_of(const char* option, std::string_view text) {
  Settings settings;
  const Status status = find_option(option)->set(settings, text);
  return status ? "" : status.error().message;
}

Texts printed(const char* option, std::string_view text) {
  Settings settings;
  const Option& found = *find_option(option);
  if (found.clear != nullptr) found.clear(settings);
  const Status status = found.set(settings, text);
  REQUIRE_MESSAGE(status.ok(), std::string(text));
  return found.print(settings);
}

}  // namespace

TEST_CASE("a size may have a unit of 1024, and prints in the largest that divides it") {
  CHECK(printed("max_body", "10M") == Texts{"10M"});
  CHECK(printed("max_body", "10MB") == Texts{"10M"});
  CHECK(printed("max_body", "10MiB") == Texts{"10M"});
  CHECK(printed("max_body", "10m") == Texts{"10M"});
  CHECK(printed("max_body", "2048K") == Texts{"2M"});
  CHECK(printed("max_body", "1000") == Texts{"1000"});
  CHECK(printed("max_body", "1025K") == Texts{"1025K"});
  CHECK(printed("max_body", "0") == Texts{"0"});
  CHECK(printed("max_body", "8388607T") == Texts{"8388607T"});
  CHECK(printed("max_body", "unlimited") == Texts{"unlimited"});
  for (const char* wrong : {"", "M", "-1", "1.5M", "10 M", "10X", "10MM", "10KBB", "B", "8388608T", "99999999999999999999", "infinity"}) {
    CAPTURE(std::string(wrong));
    CHECK(error_of("max_body", wrong).find("10M") != std::string::npos);
  }
}

TEST_CASE("a protocol of h2c is refused, in whatever case, and none means none (G69)") {
  CHECK(printed("upgrades", "WebSocket") == Texts{"websocket"});
  CHECK(printed("upgrades", "none") == Texts{"none"});
  for (const char* wrong : {"h2c", "H2C", "h2", "HTTP"}) CHECK(error_of("upgrades", wrong).find("past every check") != std::string::npos);
  for (const char* wrong : {"", "web socket", "tls/1.0", "a,b"}) CHECK(error_of("upgrades", wrong).find("websocket") != std::string::npos);
}

TEST_CASE("a request id can't take the place of a field with a meaning (G95)") {
  CHECK(printed("request_id", "X-Correlation-ID") == Texts{"X-Correlation-ID"});
  for (const char* wrong : {"Host", "content-length", "Transfer-Encoding", "X-Forwarded-For", "Proxy-Connection", "Sec-WebSocket-Key"}) {
    CAPTURE(std::string(wrong));
    CHECK(error_of("request_id", wrong).find("meaning of its own") != std::string::npos);
  }
  for (const char* wrong : {"", "X Request", "X:Y", "X_Request_Id", "X\r\nY"}) CHECK_FALSE(error_of("request_id", wrong).empty());
}

TEST_CASE("trusted networks are networks (G95)") {
  CHECK(printed("trust", "192.0.2.7") == Texts{"192.0.2.7/32"});
  CHECK(printed("trust", "unix") == Texts{"unix"});
  CHECK(error_of("trust", "10.0.0.1/8").find("10.0.0.0/8") != std::string::npos);
}

TEST_CASE("an error page is text of at most 64 KiB, and travels to the worker as it is") {
  CHECK(error_of("error_page", std::string(64 * 1024, 'x')).empty());
  CHECK_FALSE(error_of("error_page", std::string(64 * 1024 + 1, 'x')).empty());
  const auto settings = load_text("listen: [\":1\"]\nerror_page: |\n  <h1>\"Sorry\"</h1>\n  back soon\nupgrades: none\ntrust: 10.0.0.0/8\n");
  REQUIRE(settings.ok());
  CHECK(settings.value().forward.error_page == "<h1>\"Sorry\"</h1>\nback soon\n");
  CHECK(settings.value().forward.upgrades.empty());
  CHECK(settings.value().forward.trust.size() == 1);
}

TEST_CASE("with bytes alone there is no HTTP to decide about") {
  for (const char* line : {"via: true", "request_id: X-Id", "max_body: 1M", "upgrades: none", "error_page: sorry", "forwarded: both",
                           "trust: unix"}) {
    CAPTURE(std::string(line));
    for (const char* mode : {"tcp: true\nlisten: [\":1\"]\n", "no_proxy: true\n"}) {
      const auto settings = load_text(mode + std::string(line) + "\n");
      REQUIRE_FALSE(settings.ok());
      CHECK(settings.error().message.find("is about HTTP requests") != std::string::npos);
    }
  }
}
