#include <doctest/doctest.h>

#include "control/control_client.h"

using namespace lastcall;
using namespace lastcall::control;

namespace {

const FoundSocket kOne{.pid = 12, .name = "/run/lastcall/lastcall-12/control.sock"};
const FoundSocket kTwo{.pid = 34, .name = "@lastcall/34"};
const FoundSocket kInit{.pid = 1, .name = "/tmp/lastcall-1/control.sock"};

std::string choose(const std::optional<std::string>& given, const std::optional<std::string>& variable, const std::vector<FoundSocket>& found) {
  const auto chosen = choose_control_socket(given, variable, found);
  return chosen ? chosen.value() : "error: " + chosen.error().message;
}

}  // namespace

TEST_CASE("which lastcall is meant: the named one, the variable's, that of PID 1, the only one") {
  CHECK(choose("/a.sock", "/b.sock", {kOne, kInit}) == "/a.sock");
  CHECK(choose({}, "/b.sock", {kOne, kInit}) == "/b.sock");
  CHECK(choose({}, {}, {kOne, kInit, kTwo}) == kInit.name);
  CHECK(choose({}, "", {kOne}) == kOne.name);
}

TEST_CASE("where several run the error lists them as one would write it") {
  const std::string error = choose({}, {}, {kOne, kTwo});
  CHECK(error.find("2 of them run here; say which one:\n  --socket /run/lastcall/lastcall-12/control.sock  (pid 12)\n") != error.npos);
  CHECK(error.find("--socket @lastcall/34  (pid 34)") != error.npos);
  CHECK(choose({}, {}, {}).starts_with("error: no lastcall with a control socket runs here"));
}
