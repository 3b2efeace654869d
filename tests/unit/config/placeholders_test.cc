#include "config/placeholders.h"

#include <doctest/doctest.h>

using namespace lastcall::config;
using Words = std::vector<std::string>;

namespace {
const PlaceholderValues kValues{"5001", "127.0.0.1", "/run/lastcall/7/app.sock", "0"};
}

TEST_CASE("the four placeholders are replaced wherever they stand (decision 12)") {
  CHECK(substitute({"app", "--port={port}", "{host}:{port}", "unix:{socket}", "{instance}{instance}"}, kValues) ==
        Words{"app", "--port=5001", "127.0.0.1:5001", "unix:/run/lastcall/7/app.sock", "00"});
}

TEST_CASE("{{port}} is the literal text {port}") {
  CHECK(substitute({"{{port}}", "a{{host}}b{host}"}, kValues) == Words{"{port}", "a{host}b127.0.0.1"});
}

TEST_CASE("every other brace stays untouched (P59)") {
  const Words command{"{\"a\":1}", "{name}", "${PORT}x", "{}", "{{", "}}", "{{name}}",
                      "{port", "port}", "{ port }", "{PORT}", "", "{{port", "{{port}x"};
  Words wanted = command;
  wanted[13] = "{5001x";  // an opening brace, then a placeholder
  CHECK(substitute(command, kValues) == wanted);
}

TEST_CASE("what was inserted is not looked at again") {
  CHECK(substitute({"{socket}"}, {.port = "1", .host = "", .socket = "{port}", .instance = ""}) == Words{"{port}"});
}

TEST_CASE("a literal does not count as a use") {
  CHECK(uses({"app", "--port={port}"}, Placeholder::port));
  CHECK_FALSE(uses({"app", "--port={port}"}, Placeholder::socket));
  CHECK_FALSE(uses({"app", "{{port}}", "{Port}"}, Placeholder::port));
}
