#include "config/validate.h"

#include <doctest/doctest.h>

#include "config/load.h"

using namespace lastcall;
using namespace lastcall::config;
using Texts = std::vector<std::string>;

namespace {

// Mistakes of a start with these options, each written as in a file.
Texts mistakes(const std::string& yaml) {
  Texts texts;
  Result<Settings> loaded = load_text(yaml);
  if (!loaded) texts.push_back(loaded.error().message);
  return texts;
}

const Texts kNone;

}  // namespace

TEST_CASE("a command without a name is a mistake, wherever it is written") {
  CHECK(mistakes("command: ['', server.js]") == Texts{"settings:1:1: command: begins with an empty text; write for example command: [node, server.js]"});
  CHECK(mistakes("command: [node, '']") == kNone);
}

TEST_CASE("no_proxy forwards nothing, so what belongs to the proxy is a mistake beside it") {
  for (const std::string line : {"listen: :80", "upstream: 127.0.0.1:1", "tcp: true", "stream_paths: /x"}) {
    CAPTURE(line);
    const Texts got = mistakes("no_proxy: true\n" + line);
    REQUIRE(got.size() == 1);
    CHECK(got[0].ends_with("means nothing with no_proxy, which forwards nothing; leave one of the two out"));
    CHECK(got[0].starts_with("settings:2:"));
  }
  CHECK(mistakes("no_proxy: true\ntcp: false") == kNone);
  CHECK(mistakes("no_proxy: true\ncommand: [app, '{port}', '{socket}']") == kNone);  // nothing is substituted (decision 12)
}

TEST_CASE("several copies need a place each, and only one can have the terminal (decision 16)") {
  CHECK(mistakes("instances: 2\nupstream: 127.0.0.1:3000") ==
        Texts{"settings:1:1: instances: makes copies that each need a port of their own, but upstream names one for all; leave upstream out and "
              "let the command take its port from PORT, {port} or {socket}"});
  CHECK(mistakes("instances: 1\nupstream: 127.0.0.1:3000") == kNone);
  CHECK(mistakes("instances: 2\nno_proxy: true") == kNone);
  CHECK(mistakes("instances: 2\nterminal: child") ==
        Texts{"settings:2:1: terminal: child gives the terminal to the command, but there are several copies of it; leave one of the two out"});
  for (const char* number : {"0", "17", "-1", "many"})
    CHECK(mistakes(std::string("instances: ") + number).size() == 1);
}

TEST_CASE("with tcp nothing reads HTTP") {
  CHECK(mistakes("tcp: true\nready: {http: /healthz}") ==
        Texts{"settings:2:9: ready.http: asks by HTTP, but with tcp the command speaks another protocol; leave it out"});
  CHECK(mistakes("tcp: true\nstream_paths: /x") ==
        Texts{"settings:2:1: stream_paths: names HTTP paths, but with tcp nothing reads HTTP; leave it out"});
}

TEST_CASE("G121: a PROXY header is believed only of somebody in trust, with tcp as well") {
  CHECK(mistakes("proxy_protocol: {accept: any}") ==
        Texts{"settings:1:18: proxy_protocol.accept: nobody may announce a client; write the load balancers' networks, for example "
              "trust: [10.0.0.0/8]"});
  CHECK(mistakes("proxy_protocol: {accept: v2}\ntrust: 10.0.0.0/8") == kNone);
  CHECK(mistakes("tcp: true\nproxy_protocol: {accept: v1}\ntrust: 10.0.0.0/8") == kNone);
  CHECK(mistakes("tcp: true\ntrust: 10.0.0.0/8").size() == 1);
  CHECK(mistakes("no_proxy: true\nproxy_protocol: {accept: v1}") ==
        Texts{"settings:2:18: proxy_protocol.accept: means nothing with no_proxy, which accepts no connections; leave one of the two out"});
}

TEST_CASE("an access log has a format before it has a file, and a proxy to write it") {
  CHECK(mistakes("access_log_file: /tmp/x") ==
        Texts{"settings:1:1: access_log_file: stays empty while access_log is off; write access_log: combined or json"});
  CHECK(mistakes("access_log_file: /tmp/x\naccess_log: json") == kNone);
  CHECK(mistakes("tcp: true\naccess_log: combined") == kNone);
  CHECK(mistakes("no_proxy: true\naccess_log: json") ==
        Texts{"settings:2:1: access_log: means nothing with no_proxy, which sees no requests; leave one of the two out"});
}

TEST_CASE("two listeners can't share a port, and the wildcard covers every host") {
  CHECK(mistakes("listen: [':80', ':80']") == Texts{"settings:1:1: listen: :80 and :80 are the same port twice"});
  CHECK(mistakes("listen: [':80', '127.0.0.1:80']") == Texts{"settings:1:1: listen: :80 and 127.0.0.1:80 are the same port twice"});
  CHECK(mistakes("listen: ['unix:/s', 'unix:/s']") == Texts{"settings:1:1: listen: unix:/s and unix:/s are the same port twice"});
  CHECK(mistakes("listen: ['127.0.0.1:80', '127.0.0.2:80', '[::1]:80', ':81', 'unix:/a', 'unix:/b']") == kNone);
  CHECK(mistakes("listen: ['127.0.0.1:0', '127.0.0.1:0']") == kNone);  // the kernel chooses two
}

TEST_CASE("lastcall does not forward to itself") {
  CHECK(mistakes("listen: ':3000'\nupstream: 127.0.0.1:3000") ==
        Texts{"settings:2:1: upstream: 127.0.0.1:3000 is where lastcall itself listens (:3000), so it would forward to itself; "
              "use two ports"});
  CHECK(mistakes("listen: '127.0.0.1:3000'\nupstream: ':3000'").size() == 1);
  CHECK(mistakes("listen: 'unix:/s'\nupstream: 'unix:/s'").size() == 1);
  CHECK(mistakes("listen: '10.0.0.1:3000'\nupstream: 10.0.0.1:3000").size() == 1);
  CHECK(mistakes("listen: ':80'\nupstream: 127.0.0.1:3000") == kNone);
  CHECK(mistakes("listen: '10.0.0.1:3000'\nupstream: 127.0.0.1:3000") == kNone);
  CHECK(mistakes("listen: ':3000'\nupstream: 10.0.0.2:3000") == kNone);  // another machine
  CHECK(mistakes("listen: ':80'\nupstream: 127.0.0.1:0") ==
        Texts{"settings:2:1: upstream: port 0 can't be connected to; write the port on which the command listens"});
}

TEST_CASE("a placeholder that would not be replaced is a mistake") {
  CHECK(mistakes("listen: ':80'\nupstream: 127.0.0.1:3000\ncommand: [app, '{port}']") ==
        Texts{"settings:3:1: command: {port} is not replaced beside a fixed upstream; write the value itself, or leave upstream out"});
  CHECK(mistakes("listen: ':80'\nupstream: 127.0.0.1:3000\ncommand: [app, '{{port}}', '{\"a\":1}']") == kNone);
  CHECK(mistakes("listen: ':80'\ncommand: [app, '{port}', '{socket}']") == kNone);  // the socket is for us, the port for something else
  CHECK(mistakes("listen: ':80'\ncommand: [app, '{host}:{port}', '{instance}', '{name}']") == kNone);
}

TEST_CASE("parts that do not fit into the grace are refused at the place of the part, with all numbers (section 11)") {
  const Texts got = mistakes("listen: ':80'\ngrace: 10s\nlame_duck: 8s\n");
  REQUIRE(got.size() == 1);
  CHECK(got[0].starts_with("settings:3:1: grace 10s is too short: lame_duck 8s + stop_timeout 2s500ms"));
  CHECK(mistakes("listen: ':80'\ngrace: 10s\nlame_duck: 5s\n") == kNone);
  CHECK(mistakes("listen: ':80'\ngrace: 0\n") == kNone);
  CHECK(mistakes("listen: ':80'\ngrace: infinity\n") == kNone);
}
