#include "control/host_guard.h"

#include <doctest/doctest.h>

using namespace lastcall::control;

TEST_CASE("the admin port answers to addresses, to localhost, to names without a dot, and to nobody who has a name of the world") {
  for (const char* host : {"", "127.0.0.1", "127.0.0.1:9901", "192.0.2.7:9901", "[::1]:9901", "[2001:db8::1]", "localhost", "localhost:9901", "LOCALHOST:9901",
                           "localhost.", "127.0.0.1.", "app.localhost:9901", "a.b.LocalHost", "app:9901", "app"}) {
    CAPTURE(host);
    CHECK(answers_to(host, {}));
  }
  for (const char* host : {"evil.example", "evil.example:9901", "localhost.evil.example", "127.0.0.1.evil.example", "1.2.3", "evil.example.",
                           "notlocalhost.example", "evillocalhost.com", "[evil.example]", "[::1].evil.example", "256.1.1.1"}) {
    CAPTURE(host);
    CHECK_FALSE(answers_to(host, {}));
  }
}

TEST_CASE("a name that was listed is answered, in any case and with any port, and one that only ends in it is not") {
  const std::vector<std::string> names{"status.internal"};
  for (const char* host : {"status.internal", "Status.Internal:9901", "status.internal."}) CHECK(answers_to(host, names));
  for (const char* host : {"a.status.internal", "status.internal.example", "xstatus.internal"}) CHECK_FALSE(answers_to(host, names));
  CHECK(answers_to("evil.example", {"*"}));
}
