// What lastcall says itself, through the real binary: the largest body at n - 1, n and n + 1, the last place at the child and in the
// waiting room, and the user's page.
#include <poll.h>

#include <cstdio>

#include "played_child.h"

using namespace lastcall::test;

namespace {

struct Service {
  explicit Service(const Words& flags) : run(child.options(flags)) {
    const bool ready = child.wait_ready(run);
    REQUIRE(ready);
  }
  PlayedChild child;
  LastcallRun run;
};

std::string in_one_chunk(std::size_t size) {
  char head[32];
  std::snprintf(head, sizeof head, "%zx\r\n", size);
  return head + std::string(size, 'b') + "\r\n0\r\n\r\n";
}

}  // namespace

TEST_CASE("max_body: a body of its size passes, by length and by chunks; one byte more is 413 and never whole at the child (G92)") {
  Service service({"--max-body", "5000"});
  for (const bool chunked : {false, true}) {
    for (const auto& [size, status] : {std::pair{4999UL, 200}, {5000UL, 200}, {5001UL, 413}}) {
      CAPTURE(chunked);
      CAPTURE(size);
      HttpClient client(service.run.port());
      const std::string framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(size);
      const std::string body = chunked ? in_one_chunk(size) : std::string(size, 'b');
      REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\n" + framing + "\r\n\r\n" + body));
      if (status == 200) {
        TcpClient connection = service.child.accept();
        std::string received;
        REQUIRE(connection.read_until(received, chunked ? "\r\n0\r\n\r\n" : std::string(size, 'b')) == Ending::none);
        CHECK(received.find(std::string(size, 'b')) != std::string::npos);
        REQUIRE(connection.send(answer("ok", "Connection: close\r\n")));
      }
      const Exchange exchange = client.read_response();
      CHECK(exchange.response.status == status);
      if (status == 200) continue;
      CHECK(exchange.response.says_close());
      CHECK(client.wait_end() == Ending::fin);
      if (!service.child.asked()) continue;  // told by the head, or by the first chunk
      TcpClient cut = service.child.accept();
      std::string received;
      CHECK(cut.read_to_end(received) != Ending::timeout);
      CHECK(received.find("b\r\n0\r\n") == std::string::npos);
    }
  }
  service.run.stop();
  CHECK_EXIT(service.run, 0);
}

TEST_CASE("max_in_flight and max_waiting: the last place is taken, and one more is 503 at once (G54, G64)") {
  Service service({"--max-in-flight", "2", "--max-waiting", "2", "--start-wait", "30s"});
  std::vector<HttpClient> clients;
  std::vector<TcpClient> at_child;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back(service.run.port());
    REQUIRE(clients.back().send_request("POST", "/" + std::to_string(i), "body"));
    if (i >= 2) continue;
    at_child.push_back(service.child.accept());
    REQUIRE(target_of(read_head(at_child.back())) == "/" + std::to_string(i));
  }
  // Which of them waits already is not to be seen from here, so the one too many is whoever is answered first.
  HttpClient fifth(service.run.port());
  REQUIRE(fifth.send_request("POST", "/4", "body"));
  clients.push_back(std::move(fifth));
  std::vector<pollfd> entries;
  for (std::size_t i = 2; i < 5; ++i) entries.push_back({clients[i].connection().fd(), POLLIN, 0});
  const auto start = Clock::now();
  REQUIRE(::poll(entries.data(), entries.size(), static_cast<int>(kPatience.count())) == 1);
  CHECK(elapsed_since(start) < 5s);
  std::size_t refused = 2;
  while (entries[refused - 2].revents == 0) ++refused;
  const Exchange exchange = clients[refused].read_response();
  CHECK(exchange.response.status == 503);
  CHECK(exchange.response.header("retry-after") == "1");
  CHECK(exchange.response.says_close());
  CHECK(!service.child.asked());
  for (TcpClient& connection : at_child) REQUIRE(connection.send(answer("done", "Connection: close\r\n")));
  for (int i = 0; i < 2; ++i) {
    TcpClient connection = service.child.accept();
    REQUIRE(!read_head(connection).empty());
    REQUIRE(connection.send(answer("done", "Connection: close\r\n")));
  }
  for (std::size_t i = 0; i < clients.size(); ++i)
    if (i != refused) CHECK(clients[i].read_response().response.body == "done");
  service.run.stop();
  CHECK_EXIT(service.run, 0);
}

TEST_CASE("the user's page is the body of 502, 503 and 504, and of no other answer (G54)") {
  const std::string page = "<!doctype html><p>We are back in a minute";
  Service service({"--error-page", page, "--timeouts-response", "300ms", "--max-in-flight", "1", "--max-waiting", "0"});
  const auto judge = [&](const Exchange& exchange, int status) {
    CHECK(exchange.complete);
    CHECK(exchange.response.status == status);
    CHECK(exchange.response.body == page);
    CHECK(exchange.response.header("content-type") == "text/html; charset=utf-8");
    CHECK(exchange.response.header("cache-control") == "no-store");
    CHECK(exchange.response.header("retry-after") == (status == 503 ? "1" : ""));
    CHECK(exchange.response.says_close());
  };
  HttpClient broken(service.run.port()), mute(service.run.port()), wrong(service.run.port());
  REQUIRE(broken.send_request("POST", "/broken", "body"));
  { TcpClient connection = service.child.accept(); REQUIRE(!read_head(connection).empty()); }
  judge(broken.read_response(), 502);
  REQUIRE(mute.send_request("POST", "/mute", "body"));
  TcpClient connection = service.child.accept();
  REQUIRE(!read_head(connection).empty());
  HttpClient late(service.run.port());
  judge(late.request("GET", "/late"), 503);
  judge(mute.read_response(), 504);
  HttpClient head(service.run.port());
  REQUIRE(head.send_request("HEAD", "/"));
  { TcpClient gone = service.child.accept(); REQUIRE(!read_head(gone).empty()); }
  const Exchange described = head.read_response(kPatience, true);
  CHECK(described.response.status == 502);
  CHECK(described.response.header("content-length") == std::to_string(page.size()));
  CHECK(head.wait_end() == Ending::fin);
  CHECK(wrong.request("TRACE", "/").response.body.starts_with("405 "));
  service.run.stop();
  CHECK_EXIT(service.run, 0);
}
