#include <cerrno>

#include "fixture.h"

namespace lastcall::io::test {
namespace {

using Read = Stream::Read;

struct TcpFixture : Bench {
  TcpPair pair;
  Owner owner{*this};
  std::unique_ptr<Stream> stream = Stream::adopt(*poller, std::move(pair.ours), owner);
  void reset_by_peer() {
    os::set_reset_on_close(pair.theirs.get());
    pair.theirs.reset();
  }
};

TEST_CASE_FIXTURE(TcpFixture, "a reset is seen while nobody reads, and what came before it can still be read (G28)") {
  put(pair.theirs.get(), "complete answer");
  reset_by_peer();
  REQUIRE(run_until([&] { return stream->aborted(); }));
  CHECK_FALSE(stream->failed());
  char answer[100];
  const std::size_t size = stream->read(answer).size;
  CHECK(std::string_view(answer, size) == "complete answer");
  CHECK(stream->readable());  // a short read, but the reset has had its edge
  const Taken taken = read_all(*stream);
  CHECK(taken.last == Read::failed);
  CHECK(stream->error() == ECONNRESET);
  stream->write("nobody hears this");
  CHECK(stream->queued() == 0);
}

TEST_CASE_FIXTURE(TcpFixture, "a reset that a write notices first does not pass for the end of the stream") {
  put(pair.theirs.get(), "truncated");
  reset_by_peer();
  stream->write("x");  // consumes the socket's error
  CHECK(stream->aborted());
  CHECK(stream->readable());
  const Taken taken = read_all(*stream);
  CHECK(taken.text == "truncated");
  CHECK(taken.last == Read::failed);
  CHECK(stream->error() == ECONNRESET);
  CHECK_FALSE(stream->ended());
}

TEST_CASE_FIXTURE(TcpFixture, "both sides ending in order is no abort") {
  stream->write("bye");
  stream->shutdown_write();
  ::shutdown(pair.theirs.get(), SHUT_WR);
  REQUIRE(run_until([&] { return stream->peer_closed(); }));
  settle();
  CHECK_FALSE(stream->aborted());
  CHECK(read_all(*stream).last == Read::end);
}

TEST_CASE_FIXTURE(TcpFixture, "queued bytes of a reset connection are dropped, and its owner is told") {
  stream->write(pattern(8 << 20));
  REQUIRE(stream->queued() > 0);
  reset_by_peer();
  REQUIRE(run_until([&] { return stream->aborted(); }));
  CHECK(stream->queued() == 0);
}

TEST_CASE_FIXTURE(TcpFixture, "reset() ends with RST instead of FIN (G27)") {
  stream->reset();
  stream.reset();
  char byte;
  CHECK(::recv(pair.theirs.get(), &byte, 1, 0) == -1);
  CHECK(errno == ECONNRESET);
}

struct ConnectFixture : Bench {
  Owner owner{*this};
  UniqueFd listener = std::move(os::listen_on(Address::loopback(0))).value();
  Address where = os::local_address(listener.get()).value();
};

TEST_CASE_FIXTURE(ConnectFixture, "what is written while the connect is in progress goes out when it has succeeded") {
  auto stream = std::move(Stream::connect(*poller, where, owner)).value();
  CHECK(stream->connecting());
  CHECK_FALSE(stream->readable());
  CHECK_FALSE(stream->quiet());
  stream->write("GET / ");
  stream->write("HTTP/1.1\r\n\r\n");
  stream->shutdown_write();
  REQUIRE(run_until([&] { return stream->write_done(); }));
  CHECK_FALSE(stream->connecting());
  const UniqueFd server = std::move(os::accept_connection(listener.get()).socket);
  REQUIRE(server);
  CHECK(take(server.get()) == "GET / HTTP/1.1\r\n\r\n");
}

TEST_CASE_FIXTURE(ConnectFixture, "a refused connect fails with its reason, once") {
  listener.reset();
  auto stream = std::move(Stream::connect(*poller, where, owner)).value();
  stream->write("never sent");
  REQUIRE(run_until([&] { return stream->failed(); }));
  CHECK(stream->error() == ECONNREFUSED);
  CHECK_FALSE(stream->connecting());
  CHECK(stream->queued() == 0);
  CHECK(stream->bytes_written() == 0);
  CHECK(owner.calls == 1);
  CHECK(read_all(*stream).last == Read::failed);
}

TEST_CASE_FIXTURE(ConnectFixture, "a Unix socket is connected at once, or says at once why not (G200)") {
  const std::string name = "unix:@lastcall-unit-io/" + std::to_string(::getpid());
  const Address unix_address = Address::parse(name).value();
  CHECK(Stream::connect(*poller, unix_address, owner).error().code == ECONNREFUSED);
  const UniqueFd unix_listener = std::move(os::listen_on(unix_address, {.backlog = 0})).value();
  auto first = Stream::connect(*poller, unix_address, owner);
  REQUIRE(first.ok());
  CHECK_FALSE(first.value()->connecting());
  CHECK(Stream::connect(*poller, unix_address, owner).error().code == EAGAIN);
}

}  // namespace
}  // namespace lastcall::io::test
