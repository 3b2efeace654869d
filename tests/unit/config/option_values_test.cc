#include "config/option_table.h"

#include <doctest/doctest.h>

using namespace lastcall;
using namespace lastcall::config;

namespace {

std::string mistake(std::string_view name, std::string_view text) {
  Settings settings;
  const Status status = find_option(name)->set(settings, text);
  CHECK(settings == Settings{});  // a mistake changes nothing
  return status ? "no mistake" : status.error().message;
}

std::string printed(std::string_view name, std::string_view text) {
  Settings settings;
  REQUIRE(find_option(name)->set(settings, text).ok());
  return find_option(name)->print(settings).front();
}

}  // namespace

TEST_CASE("what is wrong with a value is said with what was found, what is wanted and an example") {
  CHECK(mistake("tcp", "maybe") == "\"maybe\" is not true or false");
  CHECK(mistake("grace", "soon") == "\"soon\" is not a duration; write for example 30s, 1m30s, 250ms or infinity");
  CHECK(mistake("listen", "example.com:80") ==
        "\"example.com:80\" is not an address: the host is numeric, or localhost (there is no resolver); write for example :8080, "
        "127.0.0.1:3000, [::1]:80 or unix:/run/app.sock");
  CHECK(mistake("max_connections", "many") == "\"many\" is not a whole number from 0 to 4294967295; write for example 1000");
  CHECK(mistake("max_connections", "4294967296") == "\"4294967296\" is not a whole number from 0 to 4294967295; write for example 1000");
  CHECK(mistake("max_connections", "-1") == "\"-1\" is not a whole number from 0 to 4294967295; write for example 1000");
  CHECK(mistake("stop.signal", "SIGNOPE") == "\"SIGNOPE\" is not a signal; write for example TERM, QUIT, INT or RTMIN+3");
  CHECK(mistake("stop.signal", "9") == "KILL can't be handled by the child, so it can't end in order; write for example TERM");
  CHECK(mistake("ready.http", "healthz") == "\"healthz\" is not a path; it starts with a slash: /healthz");
  CHECK(mistake("ready.http", "/a b") == "\"/a b\" is not a path of a request: spaces, control characters and # are %-encoded");
  CHECK(mistake("ready.http", "/a\r\nX: y") ==
        "\"/a\\x0d\\nX: y\" is not a path of a request: spaces, control characters and # are %-encoded");
  CHECK(mistake("stream_paths", "events") == "\"events\" is not a path; it starts with a slash: /healthz");
  CHECK(mistake("log.level", "loud") == "\"loud\" is none of the choices; write debug, info, warn, error or off");
  CHECK(mistake("log.format", "xml") == "\"xml\" is none of the choices; write text or json");
  CHECK(mistake("output", "raw") == "\"raw\" is none of the choices; write pass, prefix or json");
  CHECK(mistake("terminal", "mine") == "\"mine\" is none of the choices; write automatic or child");
  CHECK(mistake("worker_user", "") == "the text is empty");
}

TEST_CASE("a limit of zero would refuse everything, so it is a mistake; no limit is written as infinity") {
  CHECK(mistake("timeouts.idle", "0") == "\"0\" leaves no time at all; write infinity for no limit");
  CHECK(mistake("ready.timeout", "0s") == "\"0s\" leaves no time at all; write infinity for no limit");
  CHECK(printed("timeouts.idle", "infinity") == "infinity");
  CHECK(printed("grace", "0") == "0s");  // kills at once (decision 4)
  CHECK(printed("timeouts.idle_linger", "0") == "0s");
}

TEST_CASE("more than one worker is refused until it exists (decision 28)") {
  CHECK(mistake("workers", "2") == "2 workers are not possible yet; write 1");
  CHECK(printed("workers", "1") == "1");
}

TEST_CASE("signals and booleans are understood in all their spellings and print in one") {
  for (const char* text : {"QUIT", "SIGQUIT", "quit", "3"}) CHECK(printed("stop.signal", text) == "QUIT");
  CHECK(printed("stop.signal", "RTMIN+3") == "RTMIN+3");
  for (const char* text : {"true", "yes", "on", "1"}) CHECK(printed("tcp", text) == "true");
  for (const char* text : {"false", "no", "off", "0"}) CHECK(printed("tcp", text) == "false");
}

TEST_CASE("who waits for the command: none, some, for no time or for ever; and no limit to what it works on by default") {
  CHECK(Settings{}.max_in_flight == 0);
  CHECK(printed("max_in_flight", "64") == "64");
  CHECK(printed("max_waiting", "0") == "0");
  CHECK(printed("start_wait", "0") == "0s");
  CHECK(printed("start_wait", "infinity") == "infinity");
  CHECK(mistake("start_wait", "later") == "\"later\" is not a duration; write for example 30s, 1m30s, 250ms or infinity");
}
