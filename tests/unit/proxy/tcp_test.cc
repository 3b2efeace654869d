// --tcp: bytes both ways, and when a session may be ended (decision 1).
#include <doctest/doctest.h>

#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using core::Phase;
using proto::Counter;

namespace {

void use_tcp(config::Settings& settings) { settings.tcp = true; }

struct Session {
  TcpClient client, upstream;
};

Session open_session(WorkerUnderTest& worker) {
  TcpClient client(worker.port());
  REQUIRE(client.connected());
  TcpClient upstream = worker.child().accept();
  return {std::move(client), std::move(upstream)};
}

void echo(Session& session, std::string_view word) {
  REQUIRE(session.client.send(word));
  CHECK(read_exactly(session.upstream, word.size()) == word);
  REQUIRE(session.upstream.send(word));
  CHECK(read_exactly(session.client, word.size()) == word);
}

}  // namespace

TEST_CASE("tcp: bytes pass both ways, and the server may speak first") {
  WorkerUnderTest worker(use_tcp);
  worker.serve();
  Session session = open_session(worker);
  REQUIRE(session.upstream.send("220 ready\r\n"));
  CHECK(read_exactly(session.client, 11) == "220 ready\r\n");
  echo(session, "EHLO\r\n");
  session = {TcpClient(Fd()), TcpClient(Fd())};
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  CHECK(worker.counter(Counter::bytes_from_clients) == 6);
  CHECK(worker.counter(Counter::bytes_to_clients) == 17);
}

TEST_CASE("tcp: a half-close is carried over in either direction, and the other one lives on (G24, G25)") {
  for (const bool client_first : {true, false}) {
    CAPTURE(client_first);
    WorkerUnderTest worker(use_tcp);
    worker.serve();
    Session session = open_session(worker);
    TcpClient& first = client_first ? session.client : session.upstream;
    TcpClient& other = client_first ? session.upstream : session.client;
    const std::string much(300'000, 'x');  // fits into the buffers on the way
    REQUIRE(first.send("all I have"));
    first.shutdown_write();
    std::string bytes;
    CHECK(other.read_to_end(bytes) == Ending::fin);
    CHECK(bytes == "all I have");
    worker.sync();
    REQUIRE(other.send(much));
    bytes.clear();
    CHECK(first.read_bytes(bytes, much.size()) == Ending::none);
    CHECK(bytes == much);
    other.shutdown_write();
    CHECK(first.read_some(bytes) == Ending::fin);
    CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
    CHECK(worker.counter(Counter::resets_sent) == 0);
  }
}

TEST_CASE("tcp: a server that sends much and closes reaches a slow client whole (G25)") {
  WorkerUnderTest worker(use_tcp);
  worker.serve();
  Session session = open_session(worker);
  const std::size_t size = send_what_fits(session.upstream, 1'000'000);
  session.upstream = TcpClient(Fd());
  worker.sync();
  std::string bytes;
  CHECK(session.client.read_to_end(bytes) == Ending::fin);
  CHECK(bytes.size() == size);
}

TEST_CASE("tcp: a child that refuses means a closed connection, and is counted") {
  WorkerUnderTest worker(use_tcp);
  worker.serve();
  worker.child().stop_listening();
  TcpClient client(worker.port());
  std::string bytes;
  CHECK(client.read_to_end(bytes) != Ending::timeout);
  CHECK(bytes == "");
  CHECK(worker.await_counter(Counter::upstream_connect_failures, 1) == 1);
}

TEST_CASE("tcp: a half-closed session has its fin time since the last byte, not since the FIN (G26)") {
  WorkerUnderTest worker([](auto& settings) {
    settings.tcp = true;
    settings.timeouts.fin = milliseconds(200);
  });
  worker.serve();
  Session session = open_session(worker);
  session.client.shutdown_write();
  std::string bytes;
  for (int i = 0; i < 8; ++i) {
    REQUIRE(session.upstream.send("more"));
    CHECK(read_exactly(session.client, 4) == "more");
    CHECK(session.client.read_some(bytes, 60ms) == Ending::timeout);
  }
  CHECK(session.client.read_to_end(bytes) != Ending::timeout);
}

TEST_CASE("tcp: a quiet session is ended in draining, by FIN both ways; an active one is kept (decision 1)") {
  WorkerUnderTest worker(use_tcp);
  worker.serve();
  Session quiet = open_session(worker), active = open_session(worker);
  echo(quiet, "hello");
  const auto since = Clock::now();
  std::string bytes;
  // Quiet for two seconds makes a stream; whoever speaks is finite work, also after having been quiet.
  CHECK(quiet.client.read_some(bytes, 2200ms) == Ending::timeout);
  echo(active, "again");
  worker.set_phase(Phase::lame_duck);
  auto census = worker.hear<proto::message::CensusReport>();
  CHECK(census.finite == 1);
  CHECK(census.streams == 1);
  CHECK(quiet.client.read_some(bytes, 50ms) == Ending::timeout);  // not before listeners close
  worker.set_phase(Phase::draining);
  CHECK(quiet.client.read_to_end(bytes) == Ending::fin);
  CHECK(quiet.upstream.read_to_end(bytes) == Ending::fin);
  census = worker.await_census([](const auto& each) { return each.streams == 0; });
  CHECK(census.finite == 1);
  worker.tell(proto::message::EndStreams{kNever.time_since_epoch().count()});
  echo(active, "still here");
  const auto spoke = Clock::now();
  CHECK(worker.counter(Counter::streams_ended) == 1);
  // It falls quiet, two seconds after its last byte, and is let go.
  CHECK(active.client.read_to_end(bytes) == Ending::fin);
  CHECK(elapsed_since(spoke) >= 1900ms);
  CHECK(elapsed_since(since) < 10s);
  CHECK(worker.counter(Counter::dropped_finite) == 0);
  CHECK(worker.await_counter(Counter::streams_ended, 2) == 2);
}

TEST_CASE("tcp: a session that still speaks at the drain's deadline is ended and counted as dropped (decision 7)") {
  WorkerUnderTest worker(use_tcp);
  worker.serve();
  Session session = open_session(worker);
  echo(session, "busy");
  worker.set_phase(Phase::draining);
  worker.tell(proto::message::DropFinite{0});
  std::string bytes;
  CHECK(session.client.read_to_end(bytes) == Ending::fin);
  CHECK(session.upstream.read_to_end(bytes) == Ending::fin);
  CHECK(worker.await_counter(Counter::dropped_finite, 1) == 1);
  CHECK(worker.counter(Counter::streams_ended) == 0);
}

TEST_CASE("tcp: what the child sent before it ended reaches its client while the worker finishes, and is no loss") {
  WorkerUnderTest worker(use_tcp);
  worker.serve();
  Session session = open_session(worker);
  echo(session, "busy");
  worker.set_phase(Phase::stopping);
  const std::size_t size = send_what_fits(session.upstream, 100'000'000);
  session.upstream = TcpClient(Fd());
  worker.sync();
  worker.set_phase(Phase::flushing);
  worker.finish(seconds(30));
  worker.sync();
  std::string bytes;
  CHECK(session.client.read_to_end(bytes) == Ending::fin);
  CHECK(bytes.size() == size);
  session.client.shutdown_write();
  (void)worker.hear<proto::message::Finished>();
  CHECK(worker.wait_exit() == 0);
  CHECK(worker.counter(Counter::dropped_finite) == 0);
}

TEST_CASE("tcp: a session that only lacks the other ends' FIN is no loss at the last deadline (decision 2)") {
  WorkerUnderTest worker(use_tcp);
  worker.serve();
  Session session = open_session(worker);
  std::string bytes;
  CHECK(session.client.read_some(bytes, 2100ms) == Ending::timeout);
  worker.set_phase(Phase::draining);
  CHECK(session.client.read_to_end(bytes) == Ending::fin);
  worker.finish(Duration::zero());
  (void)worker.hear<proto::message::Finished>();
  CHECK(worker.wait_exit() == 0);
  CHECK(worker.counter(Counter::dropped_streams) == 0);
  CHECK(worker.counter(Counter::resets_sent) == 0);
  CHECK(worker.counter(Counter::streams_ended) == 1);
}

TEST_CASE("tcp: sealed, a late connection is closed without reaching the child") {
  WorkerUnderTest worker(use_tcp);
  worker.serve();
  worker.set_phase(Phase::lame_duck);
  worker.seal();
  TcpClient client(worker.port());
  std::string bytes;
  CHECK(client.read_to_end(bytes) == Ending::fin);
  CHECK_FALSE(worker.child().somebody_waits());
}

TEST_CASE("tcp: a session that is ended while it still waits for its connection goes with it, and takes nothing along") {
  WorkerUnderTest worker(
      [](config::Settings& settings) {
        use_tcp(settings);
        settings.restart.mode = core::RestartMode::on_failure;
        settings.timeouts.upstream_connect = milliseconds(2300);
      },
      FakeChild(0));
  worker.serve();
  TcpClient first(worker.port()), second(worker.port());  // one in the queue of the child, and one more
  TcpClient third(worker.port());
  worker.await_census([](const auto& census) { return census.streams == 3; });  // quiet for two seconds
  worker.set_phase(Phase::draining);
  std::string bytes;
  for (TcpClient* client : {&first, &second, &third}) CHECK(client->read_to_end(bytes) != Ending::timeout);
  CHECK(worker.await_counter(Counter::connections_closed, 3) == 3);
}

TEST_CASE("tcp: a child that closes without a word and is gone ends the session, also while the service ends") {
  WorkerUnderTest worker([](config::Settings& settings) {
    use_tcp(settings);
    settings.restart.mode = core::RestartMode::on_failure;
  });
  worker.serve();
  Session session = open_session(worker);
  worker.set_phase(Phase::lame_duck);
  session.upstream.shutdown_write();
  std::string bytes;
  CHECK(session.client.read_to_end(bytes) == Ending::fin);
  worker.sync();
  session.upstream.reset();
  CHECK(worker.await_counter(Counter::connections_closed, 1) == 1);
  CHECK(!worker.child().somebody_waits());
}
