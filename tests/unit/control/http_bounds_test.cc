#include "http_fixture.h"

using namespace lastcall;
using namespace lastcall::control;
using namespace lastcall::control::test;

namespace {

const std::string kHalf = "GET /a HTTP/1.1\r\nHos";

bool is_closed(Scene& scene, const UniqueFd& client) {
  (void)scene.take(client);
  return scene.closed;
}

}  // namespace

TEST_CASE("past the limit a newcomer takes the place of who has been silent for longest") {
  Scene scene(ServerLimits{.connections = 4});
  std::vector<UniqueFd> silent;
  for (int i = 0; i < 4; ++i) silent.push_back(scene.connect());
  scene.run_for(milliseconds(2));
  CHECK(scene.ask(silent[0], kGet).ends_with("/a\n"));
  const UniqueFd newcomer = scene.connect();
  CHECK(scene.server->connections() == 4);
  CHECK_FALSE(is_closed(scene, silent[0]));
  CHECK(is_closed(scene, silent[1]));
  CHECK_FALSE(is_closed(scene, silent[2]));
  CHECK(scene.ask(newcomer, kGet).ends_with("/a\n"));
}

TEST_CASE("a flood from one process pushes out its own connections, not those of others, silent as they may be") {
  Scene scene(ServerLimits{.connections = 4});
  scene.pid = 1;
  const UniqueFd quiet = scene.connect();
  scene.pid = 2;
  std::vector<UniqueFd> flood;
  for (int i = 0; i < 20; ++i) flood.push_back(scene.connect());
  scene.pid = 3;
  const UniqueFd late = scene.connect();  // and has not asked yet
  scene.pid = 2;
  for (int i = 0; i < 20; ++i) flood.push_back(scene.connect());
  CHECK(scene.server->connections() == 4);
  CHECK(scene.ask(late, kGet).ends_with("/a\n"));
  CHECK(scene.ask(quiet, kGet).ends_with("/a\n"));
  CHECK(is_closed(scene, flood.front()));
  CHECK(scene.ask(flood.back(), kGet).ends_with("/a\n"));
}

TEST_CASE("a client that has connected and not yet asked stays, where others of its process have owed the rest of a request for longer") {
  Scene scene(ServerLimits{.connections = 4});
  std::vector<UniqueFd> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(scene.connect());
    scene.send(slow.back(), kHalf);
  }
  scene.run_for(milliseconds(2));
  const UniqueFd late = scene.connect();
  scene.pid = 2;
  const UniqueFd other = scene.connect();
  CHECK(is_closed(scene, slow[0]));
  CHECK(scene.ask(late, kGet).ends_with("/a\n"));
}

TEST_CASE("half requests go before whole ones: 64 slow clients keep nobody out") {
  Scene scene(ServerLimits{.connections = 4});
  scene.answer = [](const HttpRequest&, Reply) {};
  const UniqueFd served = scene.connect();
  scene.send(served, kGet);
  std::vector<UniqueFd> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(scene.connect());
    scene.send(slow.back(), kHalf);
  }
  const UniqueFd newcomer = scene.connect();
  CHECK(is_closed(scene, slow[0]));
  CHECK_FALSE(is_closed(scene, slow[1]));
  CHECK_FALSE(is_closed(scene, served));
  scene.send(newcomer, kGet);
  CHECK(scene.requests.size() == 2);
}

TEST_CASE("who does not finish its request in time gets 408") {
  Scene scene(ServerLimits{.request = milliseconds(20)});
  const UniqueFd slow = scene.connect();
  const UniqueFd silent = scene.connect();
  scene.send(slow, kHalf);
  scene.run_for(milliseconds(30));
  CHECK(starts(scene.take(slow), "HTTP/1.1 408 Request Timeout\r\n"));
  CHECK_FALSE(is_closed(scene, silent));
}

TEST_CASE("who says nothing is let go") {
  Scene scene(ServerLimits{.idle = milliseconds(20)});
  const UniqueFd silent = scene.connect();
  scene.run_for(milliseconds(30));
  CHECK(is_closed(scene, silent));
}

TEST_CASE("who does not read its answers gets no further ones: nothing piles up") {
  Scene scene;
  const std::string large(1 << 20, 'x');
  scene.answer = [&](const HttpRequest&, Reply reply) { reply.send({.body = large}); };
  const UniqueFd client = scene.connect();
  std::string many;
  for (int i = 0; i < 50; ++i) many += kGet;
  scene.send(client, many);
  CHECK(scene.requests.size() == 1);
  (void)scene.take(client);
  CHECK(scene.requests.size() > 1);
}

TEST_CASE("an event stream goes on until its reader leaves; one that never reads is dropped at the limit") {
  Scene scene(ServerLimits{.queue = 100'000});
  scene.answer = [](const HttpRequest&, Reply reply) { reply.begin_events(); };
  const UniqueFd reader = scene.connect();
  const UniqueFd sleeper = scene.connect();
  scene.send(reader, kGet);
  scene.send(sleeper, kGet);
  const std::string event = "data: " + std::string(10'000, 'x') + "\n\n";
  int told = 0;
  while (scene.replies[1].send_events(event)) {
    CHECK(scene.replies[0].send_events(event));
    CHECK(scene.take(reader).ends_with("\n\n"));
    REQUIRE(++told < 1000);
  }
  CHECK(scene.replies[0].send_events(event));
  scene.settle();
  CHECK(scene.server->connections() == 1);
}

TEST_CASE("event streams leave room for requests") {
  Scene scene(ServerLimits{.connections = 8, .streams = 2});
  scene.answer = [](const HttpRequest&, Reply reply) { reply.begin_events(); };
  std::vector<UniqueFd> readers;
  for (int i = 0; i < 3; ++i) {
    readers.push_back(scene.connect());
    scene.send(readers.back(), kGet);
  }
  CHECK(starts(scene.take(readers[1]), "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"));
  CHECK(starts(scene.take(readers[2]), "HTTP/1.1 503 Service Unavailable\r\n"));
  CHECK(scene.server->streams() == 2);
}
