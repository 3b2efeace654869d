#include "config/diagnostics.h"

#include <doctest/doctest.h>

using namespace lastcall::config;

TEST_CASE("a diagnostic names its place as editors and compilers do: file:line:column, flag, variable, or nothing") {
  CHECK(to_string({{"lastcall.yaml", 3, 8}, "wrong"}) == "lastcall.yaml:3:8: wrong");
  CHECK(to_string({{"--grace"}, "wrong"}) == "--grace: wrong");
  CHECK(to_string({{}, "wrong"}) == "wrong");
}

TEST_CASE("text from outside is shown in quotes, on one line, and not without end") {
  CHECK(quoted("a b") == "\"a b\"");
  CHECK(quoted("a\nb\x1b[31m\x7f") == "\"a\\nb\\x1b[31m\\x7f\"");
  CHECK(quoted(std::string(60, 'x')) == "\"" + std::string(60, 'x') + "\"");
  CHECK(quoted(std::string(61, 'x')) == "\"" + std::string(60, 'x') + "...\"");
}
