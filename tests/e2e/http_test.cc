// HTTP/1.1 through the proxy while nobody stops: each message form both ways, and the few refusals that safety needs now. The child is
// Node, which is strict; the client is raw bytes.
#include "e2e.h"

using namespace lastcall::test;

namespace {

// One lastcall for all of this file's conversations: nothing here changes it.
LastcallRun& server() {
  static LastcallRun run(run_node("streams_server.js"));
  static const bool ready = run.wait_ready();
  REQUIRE(ready);
  return run;
}

Exchange raw(const std::string& bytes, bool head_request = false) {
  HttpClient client(server().port());
  client.connection().send(bytes);
  return client.read_response(kPatience, head_request);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("one client connection carries many requests, and so does the one to the child") {
  HttpClient client(server().port());
  const int before = std::stoi(client.request("GET", "/connections").response.body);
  for (int i = 0; i < 50; ++i) REQUIRE(client.request("GET", "/").response.body == "hello");
  CHECK(std::stoi(client.request("GET", "/connections").response.body) <= before + 1);
}

TEST_CASE("a body with Content-Length goes up and comes back whole") {
  HttpClient client(server().port());
  for (const std::size_t size : {1UL, 1000UL, 65536UL, 3'000'000UL}) {
    CAPTURE(size);
    const std::string body(size, 'b');
    client.send_request("POST", "/echo", body);
    const Exchange answer = client.read_response();
    CHECK(answer.complete);
    CHECK(answer.response.body == body);
  }
}

TEST_CASE("a chunked request is re-framed, and its end is its end (G85)") {
  const Exchange answer = raw("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "4;name=value\r\nfour\r\nB\r\n and ten b.\r\n0\r\n\r\n");
  CHECK(answer.complete);
  CHECK(answer.response.body == "four and ten b.");
}

TEST_CASE("a chunked response arrives whole and reusable") {
  HttpClient client(server().port());
  for (int i = 0; i < 2; ++i) {
    const Exchange answer = client.request("GET", "/chunked");
    CHECK(answer.complete);
    CHECK(answer.response.body == "one two three");
  }
}

TEST_CASE("HEAD, 204 and 304 end at the blank line whatever their headers say, and the connection goes on (G76)") {
  HttpClient client(server().port());
  const Exchange head = client.request("HEAD", "/big?bytes=1000");
  CHECK(head.complete);
  CHECK(head.response.header("content-length") == "1000");
  CHECK(client.request("GET", "/none").response.status == 204);
  CHECK(client.request("GET", "/same").response.status == 304);
  CHECK(client.request("GET", "/").response.body == "hello");
}

TEST_CASE("100 Continue comes from the child, not from us; its refusal ends the upload (G55)") {
  HttpClient client(server().port());
  client.connection().send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  std::string interim;
  CHECK(client.connection().read_until(interim, "\r\n\r\n") == Ending::none);
  CHECK(interim.starts_with("HTTP/1.1 100"));
  client.connection().send("hello");
  CHECK(client.read_response().response.body == "hello");
  CHECK(raw("POST /refuse HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n").response.status == 417);
}

TEST_CASE("interim responses are passed on (G78)") {
  HttpClient client(server().port());
  const Exchange answer = client.request("GET", "/early");
  CHECK(answer.response.interim == std::vector<int>{103});
  CHECK(answer.response.body == "after the hints");
}

TEST_CASE("a response that ends by close is whole for the client: chunked to 1.1, by close to 1.0 (G57)") {
  const Exchange modern = raw("GET /until-close HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(modern.complete);
  CHECK(modern.response.header("transfer-encoding") == "chunked");
  CHECK(modern.response.body == "as long as it lasts");
  const Exchange old = raw("GET /until-close HTTP/1.0\r\nHost: test\r\n\r\n");
  CHECK(old.response.body == "as long as it lasts");
  CHECK(old.ending == Ending::fin);
}

TEST_CASE("a response that the child cuts short is never passed on as complete (G57)") {
  const Exchange answer = raw("GET /cut HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(!answer.complete);
  CHECK(answer.ending != Ending::timeout);
}

TEST_CASE("what is no HTTP from the child is 502 (G88)") {
  const Exchange answer = raw("GET /garbage HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(answer.complete);
  CHECK(answer.response.status == 502);
}

TEST_CASE("X-Forwarded-For, -Proto and -Host say who came and how; what a client claims is replaced (G95)") {
  const Exchange answer = raw("GET /headers HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\r\n");
  const std::string& fields = answer.response.body;
  CHECK(contains(fields, "127.0.0.1"));
  CHECK(!contains(fields, "6.6.6.6"));
  CHECK(!contains(fields, "https"));
  CHECK(contains(fields, "shop.example"));
}

TEST_CASE("hop-by-hop fields stay on their hop, and can't take ours away (G65)") {
  const Exchange answer = raw("GET /headers HTTP/1.1\r\nHost: test\r\nConnection: X-Mine, Host, X-Forwarded-For\r\nX-Mine: 1\r\nKeep-Alive: 5\r\n"
                              "Proxy-Connection: x\r\nX-Yours: 2\r\n\r\n");
  const std::string& fields = answer.response.body;
  CHECK(answer.response.status == 200);
  CHECK(!contains(fields, "X-Mine"));
  CHECK(!contains(fields, "Proxy-Connection"));
  CHECK(contains(fields, "X-Yours"));
  CHECK(contains(fields, "\"test\""));
}

TEST_CASE("the request target arrives byte for byte (G90)") {
  const std::string target = "/target?/a%2f..//b&x=%0a&y=%zz";
  CHECK(raw("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n").response.body == target);
}

TEST_CASE("pipelined requests are answered in order (G79)") {
  HttpClient client(server().port());
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += "GET /target?" + std::to_string(i) + " HTTP/1.1\r\nHost: test\r\n\r\n";
  client.connection().send(requests);
  for (int i = 0; i < 10; ++i) CHECK(client.read_response().response.body == "/target?" + std::to_string(i));
}

TEST_CASE("a client that has said all and half-closes still gets its answer (G24)") {
  HttpClient client(server().port());
  client.send_request("GET", "/");
  client.connection().shutdown_write();
  const Exchange answer = client.read_response();
  CHECK(answer.complete);
  CHECK(answer.response.body == "hello");
}

TEST_CASE("HTTP/1.0 without keep-alive gets its answer and the end (G68)") {
  HttpClient client(server().port());
  client.connection().send("GET / HTTP/1.0\r\nHost: test\r\n\r\n");
  CHECK(client.read_response().response.body == "hello");
  CHECK(client.wait_end() == Ending::fin);
}

TEST_CASE("ambiguous requests are refused and the connection ends: nothing after them is ever read as a request (G81 to G89)") {
  const std::string bad[] = {
      "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      "GET / HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/0.9\r\nHost: t\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: t\r\n\r\n",
      "CONNECT t:22 HTTP/1.1\r\nHost: t\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : t\r\n\r\n",
  };
  for (const std::string& request : bad) {
    CAPTURE(request);
    HttpClient client(server().port());
    client.connection().send(request + "GET /headers HTTP/1.1\r\nHost: smuggled\r\n\r\n");
    const Exchange answer = client.read_response();
    CHECK(answer.complete);
    CHECK(answer.response.status >= 400);
    CHECK(client.wait_end() == Ending::fin);
  }
}

TEST_CASE("a client that reads slowly holds the child back; memory stays bounded (G94)") {
  LastcallRun& run = server();
  const long before = resident_kib(run.worker_pid());
  HttpClient client(run.port());
  client.connection().set_receive_buffer(16 * 1024);
  client.send_request("GET", "/big?bytes=300000000");
  std::string some;
  REQUIRE(client.connection().read_bytes(some, 1'000'000) == Ending::none);
  for (int i = 0; i < 20; ++i) CHECK(fetch(run.port(), "/").response.status == 200);  // others are not held back
  CHECK(resident_kib(run.worker_pid()) - before < 4 * 1024);
  client.connection().reset();
  CHECK(fetch(run.port(), "/").response.status == 200);
}

TEST_CASE("this file's lastcall stops cleanly after all of that") {
  LastcallRun& run = server();
  SHOW_LOG(run);
  run.stop();
  CHECK_EXIT(run, 0);
}

TEST_CASE("a Unix socket to the child: {socket} is filled in, and cleaned up") {
  LastcallRun run({.child = tiny_server({"--unix", "{socket}"})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/").response.body == "hello\n");
  const auto ready = run.wait_event("ready");
  const std::string upstream = ready->text("upstream");
  CHECK(upstream.starts_with("unix:"));
  run.stop();
  CHECK_EXIT(run, 0);
  CHECK(!std::filesystem::exists(upstream.substr(5)));
}

TEST_CASE("a fixed upstream: the command's braces are left alone, and the child is reached where it says") {
  const FreePort fixed;
  LastcallRun run({.flags = {"--upstream", fixed.address()}, .child = tiny_server({"--port", fixed.text()})});
  SHOW_LOG(run);
  REQUIRE(run.wait_ready());
  CHECK(fetch(run.port(), "/").response.body == "hello\n");
  run.stop();
  CHECK_EXIT(run, 0);
}
