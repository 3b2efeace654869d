// PROXY headers in and out through the real binary: the test is the load balancer, nginx the server that wants to be told (G121 to G123, G207).
#include "e2e.h"

using namespace lastcall::test;

namespace {

std::string replaced(std::string text, const std::string& name, const std::string& value) {
  for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), value);
  return text;
}

struct Announced {
  explicit Announced(const Words& more) : run_([&] {
    std::string config = replaced(read_file(child_file("nginx_proxy_protocol.conf")), "@PORT@", port_.text());
    const std::string file = prefix_.write("nginx.conf", replaced(config, "@PREFIX@", prefix_.path()));
    Words flags{"--upstream", port_.address(), "--trust", "127.0.0.0/8", "--proxy-protocol-accept", "any"};
    flags.insert(flags.end(), more.begin(), more.end());
    return RunOptions{.flags = flags, .child = {"nginx", "-p", prefix_.path(), "-c", file, "-e", "stderr"}};
  }()) {}

  // What nginx says to a request that the load balancer announces so.
  std::string told(std::string_view header) {
    HttpClient client(run_.port());
    REQUIRE(client.connection().send(header));
    return client.request("GET", "/").response.body;
  }

  FreePort port_;
  TempDir prefix_;
  LastcallRun run_;
};

void check_clients(const Words& flags) {
  Announced service(flags);
  SHOW_LOG(service.run_);
  REQUIRE(service.run_.wait_ready());
  CHECK(service.told("PROXY TCP4 203.0.113.9 198.51.100.1 56324 443\r\n") == "client 203.0.113.9 56324\n");
  CHECK(service.told("PROXY TCP6 2001:db8::9 2001:db8::1 56325 443\r\n") == "client 2001:db8::9 56325\n");
  CHECK(service.told("PROXY TCP4 203.0.113.10 198.51.100.1 1 443\r\n") == "client 203.0.113.10 1\n");
  TcpClient unannounced(service.run_.port());
  std::string got;
  REQUIRE(unannounced.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n"));
  (void)unannounced.read_to_end(got);
  CHECK(got == "");
  CHECK(service.run_.wait_event("proxy_header_refused"));
  service.run_.stop();
  CHECK_EXIT(service.run_, 0);
  // Not even our own probes came without one.
  CHECK(service.run_.log().find("broken header") == std::string::npos);
}

}  // namespace

TEST_CASE("who a load balancer announces by PROXY is whom the server hears of by PROXY, in both versions and with tcp (G207)") {
  for (const std::string version : {"v1", "v2"}) {
    CAPTURE(version);
    check_clients({"--proxy-protocol-send", version});
    check_clients({"--proxy-protocol-send", version, "--tcp"});
  }
  check_clients({"--proxy-protocol-send", "v2", "--ready-http", "/"});
}
