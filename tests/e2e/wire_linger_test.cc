// Lingering close: whatever we end first, the client can still read what was said, and the kernel never has to reset for us (G21 to G23,
// G50, G56). In a network namespace of this program's own, so that its counters count nobody else; the child is on a Unix socket, so
// that what it does to its connections is not counted either.
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>
#include <sstream>

#include "played_child.h"

using namespace lastcall::test;

namespace {

constexpr std::size_t kUpload = 100'000'000;

// Once, before any socket is made: FreePort and lastcall itself belong there too.
bool alone_in_the_network() {
  static const bool alone = [] {
    if (::unshare(CLONE_NEWNET) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    const Fd socket(check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
    ifreq loopback{};
    std::strcpy(loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    check(::ioctl(socket.get(), SIOCSIFFLAGS, &loopback), "SIOCSIFFLAGS");
    return true;
  }();
  return alone;
}

// One counter of /proc/net/netstat or snmp: a line of names and a line of numbers, each beginning with the group.
long counter(const std::string& file, const std::string& group, const std::string& name) {
  std::istringstream lines(read_file("/proc/self/net/" + file));
  std::string names, numbers;
  while (std::getline(lines, names) && std::getline(lines, numbers)) {
    if (!names.starts_with(group + ":")) continue;
    std::istringstream name_words(names), number_words(numbers);
    std::string word, number;
    while (name_words >> word && number_words >> number) {
      if (word == name) return std::stol(number);
    }
  }
  fail("no counter " + name);
}

struct Resets {
  long aborted_on_close = counter("netstat", "TcpExt", "TCPAbortOnClose");
  long sent = counter("snmp", "Tcp", "OutRsts");
};

#define CHECK_NO_RESETS_SINCE(before)                              \
  do {                                                             \
    const Resets now_;                                             \
    CHECK(now_.aborted_on_close == (before).aborted_on_close);     \
    CHECK(now_.sent == (before).sent);                             \
  } while (false)

#define ALONE()                                                                                      \
  if (!alone_in_the_network()) {                                                                     \
    MESSAGE("skipped: network namespaces are not allowed here");                                     \
    return;                                                                                          \
  }

}  // namespace

TEST_CASE("the counters can see a reset: a socket closed with unread bytes counts") {
  ALONE();
  const Resets before;
  PlayedChild listener;
  TcpClient client(static_cast<std::uint16_t>(std::stoi(listener.options().flags[1].substr(10))));
  TcpClient accepted = listener.accept();
  REQUIRE(client.send("unread"));
  REQUIRE(wait_for(accepted.fd(), POLLIN, Deadline::in(kPatience)) != 0);
  accepted = TcpClient(Fd());
  CHECK(Resets().aborted_on_close == before.aborted_on_close + 1);
}

TEST_CASE("an early refusal of a 100 MB upload is readable after all of it was sent, whatever the child read of it (G21, G22, G56)") {
  ALONE();
  PlayedChild child(PlayedChild::Where::unix_socket);
  LastcallRun run(child.options());
  SHOW_LOG(run);
  REQUIRE(child.wait_ready(run));
  const Resets before;
  for (const char* status : {"413 Content Too Large", "503 Service Unavailable"}) {
    for (const std::size_t reads : {0UL, 1UL, 200'000UL}) {
      for (const bool closes : {true, false}) {
        CAPTURE(status);
        CAPTURE(reads);
        CAPTURE(closes);
        HttpClient client(run.port());
        TcpClient& wire = client.connection();
        REQUIRE(wire.send("POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(kUpload) + "\r\n\r\n"));
        REQUIRE(wire.send(std::string(300'000, 'u')));
        TcpClient connection = child.accept();
        std::string head;
        REQUIRE(connection.read_bytes(head, reads) == Ending::none);
        REQUIRE(connection.send(answer("no", "", status)));
        if (closes) connection = TcpClient(Fd());
        const std::string block(1 << 20, 'u');
        bool sent = true;
        for (std::size_t left = kUpload - 300'000; sent && left > 0; left -= std::min(left, block.size()))
          sent = wire.send(std::string_view(block).substr(0, std::min(left, block.size())));
        CHECK(sent);
        const Exchange refused = client.read_response();
        CHECK(refused.complete);
        CHECK(refused.response.status == std::stoi(status));
        CHECK(refused.response.body == "no");
        CHECK(refused.response.says_close());
        CHECK(client.wait_end() == Ending::fin);
      }
    }
  }
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK_NO_RESETS_SINCE(before);
}

TEST_CASE("our own refusals are readable too, with megabytes behind them (G22, G86)") {
  ALONE();
  PlayedChild child(PlayedChild::Where::unix_socket);
  LastcallRun run(child.options());
  SHOW_LOG(run);
  REQUIRE(child.wait_ready(run));
  const Resets before;
  const std::pair<int, std::string> refusals[] = {
      {400, "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {414, "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\n\r\n"},
      {431, "GET / HTTP/1.1\r\nHost: t\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"},
      {505, "GET / HTTP/3.0\r\nHost: t\r\n\r\n"},
  };
  for (const auto& [status, bytes] : refusals) {
    CAPTURE(status);
    HttpClient client(run.port());
    REQUIRE(client.connection().send(bytes + std::string(5'000'000, 'u')));
    const Exchange refused = client.read_response();
    CHECK(refused.complete);
    CHECK(refused.response.status == status);
    CHECK(client.wait_end() == Ending::fin);
  }
  CHECK(!child.asked());
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK_NO_RESETS_SINCE(before);
}

TEST_CASE("a stop resets nobody: idle, refused, pipelining, uploading, half a head, tunnel (G22, G46, G49, G50, G73)") {
  ALONE();
  PlayedChild child(PlayedChild::Where::unix_socket);
  LastcallRun run(child.options({"--timeouts-request-head", "1s", "--upgrades", "chat"}));
  SHOW_LOG(run);
  REQUIRE(child.wait_ready(run));
  const Resets before;

  HttpClient idle(run.port());
  REQUIRE(idle.send_request("GET", "/idle"));
  TcpClient for_idle = child.accept();
  REQUIRE(!read_head(for_idle).empty());
  REQUIRE(for_idle.send(answer("idle", "Connection: close\r\n")));
  REQUIRE(idle.read_response().response.body == "idle");

  HttpClient tunnel(run.port());
  REQUIRE(tunnel.send_request("GET", "/chat", "", "Connection: upgrade\r\nUpgrade: chat\r\n"));  // not a WebSocket: only FIN
  TcpClient for_tunnel = child.accept();
  REQUIRE(!read_head(for_tunnel).empty());
  REQUIRE(for_tunnel.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n"));
  std::string switched;
  REQUIRE(tunnel.connection().read_until(switched, "\r\n\r\n") == Ending::none);

  HttpClient pipelining(run.port());
  REQUIRE(pipelining.connection().send("GET /first HTTP/1.1\r\nHost: t\r\n\r\nGET /second HTTP/1.1\r\nHost: t\r\n\r\n"));
  TcpClient for_first = child.accept();
  REQUIRE(target_of(read_head(for_first)) == "/first");

  HttpClient uploading(run.port());
  REQUIRE(uploading.send_request("POST", "/upload", "", "Content-Length: 20000000\r\n"));
  TcpClient for_upload = child.accept();
  REQUIRE(!read_head(for_upload).empty());

  HttpClient half(run.port());
  REQUIRE(half.connection().send("GET /half HTTP/1.1\r\n"));

  run.stop();
  REQUIRE(run.wait_event("listener_closed"));
  REQUIRE(for_upload.send(answer("no", "", "413 Content Too Large")));
  CHECK(uploading.connection().send(std::string(20'000'000, 'u')));
  CHECK(uploading.read_response().response.status == 413);
  CHECK(uploading.wait_end() == Ending::fin);
  REQUIRE(for_first.send(answer("first")));
  CHECK(pipelining.read_response().response.body == "first");
  CHECK(pipelining.connection().send(std::string(100'000, 'p')));
  CHECK(pipelining.wait_end() == Ending::fin);
  CHECK(half.read_response().response.status == 408);
  CHECK(half.wait_end() == Ending::fin);
  CHECK(idle.wait_end() == Ending::fin);
  CHECK(idle.connection().send("GET /late HTTP/1.1\r\nHost: t\r\n\r\n"));  // after our FIN: read and dropped (G50)
  std::string nothing;
  CHECK(idle.connection().read_some(nothing, 100ms) == Ending::fin);
  CHECK(tunnel.wait_end() == Ending::fin);
  CHECK_NO_RESETS_SINCE(before);
  for (HttpClient* client : {&idle, &tunnel, &pipelining, &uploading, &half}) client->connection().shutdown_write();
  for_tunnel.shutdown_write();
  CHECK_EXIT(run, 0);
  CHECK_NO_RESETS_SINCE(before);
  CHECK(!child.asked());  // neither /second nor /half nor /late
}
