#include "control/json_body.h"

#include <doctest/doctest.h>

using namespace lastcall;
using namespace lastcall::control;

namespace {

std::string why(const std::string& text) {
  const auto body = JsonBody::parse(text, {"id", "count", "flag", "timeout"});
  if (!body) return body.error().message;
  if (const auto id = body.value().text("id", 8); !id) return id.error().message;
  if (const auto count = body.value().number("count", 0, 255); !count) return count.error().message;
  if (const auto flag = body.value().boolean("flag"); !flag) return flag.error().message;
  if (const auto timeout = body.value().duration("timeout"); !timeout) return timeout.error().message;
  return "";
}

}  // namespace

TEST_CASE("members are read by their types; absent and null ones are nothing") {
  const auto body = JsonBody::parse(R"({"id": "é", "count": 3, "flag": true, "timeout": "1m30s"})", {"id", "count", "flag", "timeout"});
  REQUIRE(body.ok());
  CHECK(body.value().text("id", 8).value() == "é");
  CHECK(body.value().number("count", 0, 9).value() == 3);
  CHECK(body.value().boolean("flag").value() == true);
  CHECK(body.value().duration("timeout").value() == seconds(90));
  const auto empty = JsonBody::parse("", {"id"});
  REQUIRE(empty.ok());
  CHECK_FALSE(empty.value().text("id", 8).value().has_value());
  CHECK(JsonBody::parse(R"({"timeout": 2.5})", {"timeout"}).value().duration("timeout").value() == milliseconds(2500));
}

TEST_CASE("every mistake is told by its name and what is wanted") {
  CHECK(why("{").starts_with("the body is not JSON: parse error at line 1"));
  CHECK(why("[1]") == "the body must be a JSON object, such as {}");
  CHECK(why(R"({"idd": 1})") == R"("idd" is not known here; there is "id", "count", "flag", "timeout")");
  CHECK(why(R"({"id": 1})") == R"("id" must be a string)");
  CHECK(why(R"({"id": ""})") == R"("id" must not be empty)");
  CHECK(why(R"({"id": "123456789"})") == R"("id" has 9 bytes; it may have 8)");
  CHECK(why("{\"id\": \"a\\nb\"}") == R"("id" must not contain control characters)");
  CHECK(why(R"({"count": 256})") == R"("count" must be a whole number from 0 to 255)");
  CHECK(why(R"({"count": 1.5})") == R"("count" must be a whole number from 0 to 255)");
  CHECK(why(R"({"count": 18446744073709551615})") == R"("count" must be a whole number from 0 to 255)");
  CHECK(why(R"({"flag": "yes"})") == R"("flag" must be true or false)");
  CHECK(why(R"({"timeout": "soon"})").starts_with(R"("timeout" must be a time)"));
}

TEST_CASE("64 KiB of brackets are an error like any other") {
  CHECK(why(std::string(65536, '[')).starts_with("the body is not JSON"));
  CHECK(why(R"({"id":)" + std::string(30000, '[') + std::string(30000, ']') + "}") == R"("id" must be a string)");
}
