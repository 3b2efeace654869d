// What is added to requests, as real servers take it.
#include <map>

#include "e2e.h"
#include "nginx.h"

using namespace lastcall::test;

namespace {

// What nginx, with gzip on, says of the coding of a text that may be compressed.
std::string coding_by_nginx(const Words& flags) {
  FreePort port;
  TempDir prefix;
  prefix.write("text.txt", std::string(10'000, 't'));
  Words all{"--upstream", port.address()};
  all.insert(all.end(), flags.begin(), flags.end());
  LastcallRun run({.flags = all, .child = nginx(prefix, port)});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  HttpClient client(run.port());
  const Exchange answer = client.request("GET", "/text.txt", "", "Accept-Encoding: gzip\r\n");
  CHECK(answer.response.status == 200);
  run.stop();
  CHECK_EXIT(run, 0);
  return answer.response.header("content-encoding");
}

}  // namespace

TEST_CASE("nginx compresses behind lastcall as it does in front of the world; with via it stops, as docs/design.md 4.1 says (G67)") {
  CHECK(coding_by_nginx({}) == "gzip");
  CHECK(coding_by_nginx({"--via"}) == "");
}
