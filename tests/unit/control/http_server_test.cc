#include "control/http_server.h"

#include "http_fixture.h"

using namespace lastcall;
using namespace lastcall::control;
using namespace lastcall::control::test;

TEST_CASE("a request is answered, and the connection stays for the next one") {
  Scene scene;
  const UniqueFd client = scene.connect();
  const std::string first = scene.ask(client, kGet);
  CHECK(starts(first, "HTTP/1.1 200 OK\r\n"));
  CHECK(first.ends_with("\r\n\r\n/a\n"));
  CHECK(scene.ask(client, "GET /b?c=d HTTP/1.1\r\nHost: x\r\n\r\n").ends_with("/b\n"));
  CHECK_FALSE(scene.closed);
  CHECK(scene.requests.at(1).query == "c=d");
}

TEST_CASE("any split of a request's bytes gives the same answer") {
  Scene scene;
  const UniqueFd client = scene.connect();
  const std::string request = "POST /v HTTP/1.1\r\nHost: x\r\nContent-Type: Application/JSON; charset=utf-8\r\nContent-Length: 3\r\n\r\nabc";
  for (const char c : request) {
    CHECK(scene.requests.empty());
    scene.send(client, std::string_view(&c, 1));
  }
  REQUIRE(scene.requests.size() == 1);
  CHECK(scene.requests[0].body == "abc");
  CHECK(scene.requests[0].content_type == "application/json");
  CHECK(scene.take(client).ends_with("/v\n"));
}

TEST_CASE("pipelined requests are answered in order, also where the first answer comes late") {
  Scene scene;
  scene.answer = [](const HttpRequest&, Reply) {};
  const UniqueFd client = scene.connect();
  scene.send(client, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(scene.requests.size() == 1);
  CHECK(scene.take(client).empty());
  scene.replies[0].send({.body = "one\n"});
  REQUIRE(scene.requests.size() == 2);
  scene.replies[1].send({.body = "two\n"});
  const std::string both = scene.take(client);
  CHECK(both.find("one\n") < both.find("two\n"));
  CHECK(both.ends_with("two\n"));
}

TEST_CASE("hundreds of requests in one piece are all answered") {
  Scene scene;
  const UniqueFd client = scene.connect();
  std::string many;
  for (int i = 0; i < 300; ++i) many += kGet;
  scene.send(client, many);
  std::string answers = scene.take(client);
  for (int i = 0; i < 50 && scene.requests.size() < 300; ++i) answers += scene.take(client);
  CHECK(scene.requests.size() == 300);
}

TEST_CASE("what breaks the rules of HTTP gets an error and the end, and disturbs nobody else") {
  Scene scene;
  const UniqueFd other = scene.connect();
  const auto refused = [&](const std::string& bytes) {
    const UniqueFd client = scene.connect();
    std::string answer = scene.ask(client, bytes);
    CHECK(scene.closed);
    CHECK(answer.find("{\"error\":") != answer.npos);
    return answer.substr(9, 3);
  };
  CHECK(refused("hello\r\n\r\n") == "400");
  CHECK(refused("GET / HTTP/1.1\nHost: x\n\n") == "400");
  CHECK(refused("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") == "400");
  CHECK(refused("GET / HTTP/3.0\r\nHost: x\r\n\r\n") == "505");
  CHECK(refused("GET /" + std::string(5000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n") == "414");
  CHECK(refused("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(9000, 'a') + "\r\n\r\n") == "431");
  CHECK(refused("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 65537\r\n\r\n") == "413");
  CHECK(scene.requests.empty());
  CHECK(scene.ask(other, kGet).ends_with("/a\n"));
}

TEST_CASE("a client that goes on sending a body of 1 MiB can still read its 413") {
  Scene scene;
  const UniqueFd client = scene.connect();
  const std::string text = scene.ask(client, "POST /v HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n" + std::string(1 << 20, 'x'));
  CHECK(starts(text, "HTTP/1.1 413 Content Too Large\r\n"));
  const UniqueFd chunked = scene.connect();
  std::string body = "POST /v HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + std::string(0x10000, 'x') + "\r\n1\r\nx\r\n0\r\n\r\n";
  CHECK(starts(scene.ask(chunked, body), "HTTP/1.1 413"));
}

TEST_CASE("who asks with Expect is told to go on") {
  Scene scene;
  const UniqueFd client = scene.connect();
  CHECK(scene.ask(client, "POST /v HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(scene.ask(client, "x").ends_with("/v\n"));
}

TEST_CASE("HEAD gets the head alone, HTTP/1.0 gets the end") {
  Scene scene;
  const UniqueFd client = scene.connect();
  const std::string head = scene.ask(client, "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(head.find("Content-Length: 3\r\n") != head.npos);
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(scene.ask(client, "GET /a HTTP/1.0\r\n\r\n").ends_with("/a\n"));
  CHECK(scene.closed);
}

TEST_CASE("a client that leaves while its answer is prepared is forgotten, and the late answer goes nowhere") {
  Scene scene;
  scene.answer = [](const HttpRequest&, Reply) {};
  {
    const UniqueFd client = scene.connect();
    scene.send(client, kGet);
    CHECK(scene.server->connections() == 1);
  }
  scene.settle();
  CHECK(scene.server->connections() == 0);
  scene.replies[0].send({.body = "late"});
  CHECK_FALSE(scene.replies[0].begin_events());
}

TEST_CASE("who is nobody is closed without a word") {
  Scene scene;
  scene.admits = false;
  const UniqueFd client = scene.connect();
  CHECK(scene.take(client).empty());
  CHECK(scene.closed);
}

TEST_CASE("what is too large is refused with the number that it has to keep to") {
  const std::string many(9000, 'a');
  const std::pair<std::string, const char*> cases[] = {
      {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1048576\r\n\r\n", "413 Content Too Large\r\n|a request body may have 64 KiB"},
      {"GET /" + many + " HTTP/1.1\r\nHost: x\r\n\r\n", "414 URI Too Long\r\n|a request line may have 4 KiB"},
      {"GET /a HTTP/1.1\r\nHost: x\r\nA: " + many + "\r\n\r\n", "431 Request Header Fields Too Large\r\n|a request head may have 8 KiB and 64 fields"},
  };
  for (const auto& [request, wanted] : cases) {
    Scene scene;
    const UniqueFd client = scene.connect();
    const std::string answer = scene.ask(client, request), both(wanted);
    CAPTURE(answer);
    CHECK(starts(answer, "HTTP/1.1 " + both.substr(0, both.find('|'))));
    CHECK(answer.find(both.substr(both.find('|') + 1)) != answer.npos);
  }
}
