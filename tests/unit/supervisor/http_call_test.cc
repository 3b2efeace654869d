#include "supervisor/http_call.h"

#include <unistd.h>

#include "answering.h"
#include "fixture.h"

using namespace lastcall;
using namespace lastcall::supervisor;
using test::Answering;

namespace {

// Makes one call and waits for its answer.
struct Call {
  HttpAnswer ask(HttpCallRequest request) {
    HttpCall call(supervised.loop, std::move(request), [this](const HttpAnswer& given) { answers.push_back(given); });
    CHECK(answers.empty());  // never from within the constructor
    REQUIRE(supervised.run_until([this] { return !answers.empty(); }));
    CHECK(answers.size() == 1);
    return std::exchange(answers, {}).front();
  }
  test::Supervised supervised;
  std::vector<HttpAnswer> answers;
};

constexpr const char* kChunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";

}  // namespace

TEST_CASE("a call says who asks, and brings status and body back") {
  Call call;
  Answering server(call.supervised.loop, {"HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n{\"flushed\": 3}"});
  const HttpAnswer answer = call.ask({.target = server.address(), .method = "POST", .path = "/flush?all=1", .headers = {{"X-Phase", "drained"}},
                                      .body = "{}", .body_limit = 100});
  CHECK(answer.status == 201);
  CHECK(answer.body == "{\"flushed\": 3}");
  CHECK_FALSE(answer.body_cut);
  CHECK(answer.error.empty());
  CHECK(server.heard() == "POST /flush?all=1 HTTP/1.1\r\nHost: " + server.address().to_string() +
                              "\r\nUser-Agent: lastcall\r\nAccept: */*\r\nConnection: close\r\nX-Phase: drained\r\nContent-Length: 2\r\n\r\n{}");
}

TEST_CASE("a call takes the chunks off a body, and waits for none that it does not want") {
  Call call;
  Answering server(call.supervised.loop, {kChunked, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"});
  CHECK(call.ask({.target = server.address(), .body_limit = 100}).body == "hello world");
  const HttpAnswer head_only = call.ask({.target = server.address()});
  CHECK(head_only.status == 200);
  CHECK(head_only.error.empty());
}

TEST_CASE("a call keeps no more of a body than was asked for") {
  Call call;
  Answering server(call.supervised.loop, {kChunked});
  const HttpAnswer answer = call.ask({.target = server.address(), .body_limit = 7});
  CHECK(answer.body == "hello w");
  CHECK(answer.body_cut);
}

TEST_CASE("an interim answer is not the answer to a call") {
  Call call;
  Answering server(call.supervised.loop, {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"});
  CHECK(call.ask({.target = server.address(), .body_limit = 10}).status == 204);
}

TEST_CASE("a call over a Unix socket asks for localhost") {
  Call call;
  const Address name = Address::parse("unix:@lastcall-http-call-test/" + std::to_string(::getpid())).value();
  Answering server(call.supervised.loop, {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}, name);
  CHECK(call.ask({.target = server.address()}).status == 200);
  CHECK(server.heard().find("Host: localhost\r\n") != std::string::npos);
}

TEST_CASE("a call that fails says why in words") {
  Call call;
  CHECK(call.ask({.target = Address::loopback(test::closed_port())}).error == "Connection refused");
  CHECK(call.ask({.target = Address::parse("unix:/nowhere/socket").value()}).error == "No such file or directory");
  Answering server(call.supervised.loop, {"SSH-2.0-OpenSSH_9.2p1\r\n\r\n", "HTTP/1.1 200 OK\r\n" + std::string(3900, 'x') + ": 1", ""});
  CHECK(call.ask({.target = server.address()}).error == "an answer that is not HTTP");
  CHECK(call.ask({.target = server.address(), .timeout = milliseconds(30)}).error == "no answer");
}

TEST_CASE("a call whose answer stops half way keeps the status and names the lack") {
  Call call;
  Answering server(call.supervised.loop, {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"});
  const HttpAnswer late = call.ask({.target = server.address(), .timeout = milliseconds(30), .body_limit = 100});
  CHECK(late.status == 200);
  CHECK(late.error == "no end of the answer");

  io::CallbackTimer hang_up(call.supervised.loop, [&] { server.hang_up(); });
  hang_up.arm_after(milliseconds(30));
  const HttpAnswer closed = call.ask({.target = server.address(), .body_limit = 100});
  CHECK(closed.body == "half");
  CHECK(closed.error == "closed within its answer");
}

TEST_CASE("a call to a peer that closes without a word says so") {
  Call call;
  Answering server(call.supervised.loop, {""});
  io::CallbackTimer hang_up(call.supervised.loop, [&] { server.hang_up(); });
  hang_up.arm_after(milliseconds(30));
  CHECK(call.ask({.target = server.address()}).error == "closed without an answer");
}

TEST_CASE("a head without end is cut") {
  Call call;
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20; ++i) head += "X-Padding: " + std::string(1000, 'x') + "\r\n";
  Answering server(call.supervised.loop, {head});
  const HttpAnswer answer = call.ask({.target = server.address()});
  CHECK(answer.status == 0);
  CHECK(answer.error == "an answer that is not HTTP");
}

TEST_CASE("an abandoned call stays silent, and may be abandoned from within its answer") {
  test::Supervised supervised;
  Answering server(supervised.loop, {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"});
  int answers = 0;
  std::optional<HttpCall> call(std::in_place, supervised.loop, HttpCallRequest{.target = server.address()}, [&](const HttpAnswer&) { ++answers; });
  call.reset();
  call.emplace(supervised.loop, HttpCallRequest{.target = server.address()}, [&](const HttpAnswer&) {
    call.reset();
    ++answers;
  });
  CHECK(supervised.run_until([&] { return answers > 0 && server.served() == 2; }));
  CHECK(answers == 1);
}
