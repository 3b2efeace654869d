#include "io/stream.h"

#include <cerrno>

#include "fixture.h"

namespace lastcall::io::test {
namespace {

using Read = Stream::Read;

struct Fixture : Bench {
  Owner owner{*this};
  UniqueFd peer;
  std::unique_ptr<Stream> stream;
  Fixture() {
    auto [ours, theirs] = stream_pair();
    peer = std::move(theirs);
    stream = Stream::adopt(*poller, std::move(ours), owner);
  }
};

TEST_CASE_FIXTURE(Fixture, "a stream is tried at once, says would_block, and its owner is told when bytes come") {
  CHECK(stream->readable());
  CHECK(read_all(*stream).last == Read::would_block);
  CHECK_FALSE(stream->readable());
  put(peer.get(), "hello");
  REQUIRE(run_until([&] { return stream->readable(); }));
  const Taken taken = read_all(*stream);
  CHECK(taken.text == "hello");
  CHECK(taken.last == Read::would_block);
  CHECK(stream->bytes_read() == 5);
}

TEST_CASE_FIXTURE(Fixture, "a new stream does not bother its owner merely because it can be written to") {
  settle();
  CHECK(owner.calls == 0);
}

TEST_CASE_FIXTURE(Fixture, "a short read saves the second recv: readable() is false at once, and true again with the next byte") {
  CHECK(read_all(*stream).last == Read::would_block);  // from here on it is registered
  put(peer.get(), "abc");
  char buffer[10];
  REQUIRE(run_until([&] { return stream->readable(); }));
  CHECK(stream->read(buffer).size == 3);
  CHECK_FALSE(stream->readable());
  put(peer.get(), "d");
  REQUIRE(run_until([&] { return stream->readable(); }));
  CHECK(stream->read(buffer).size == 1);
}

TEST_CASE_FIXTURE(Fixture, "emptied() tells whether something is unread, before and after the peer's end") {
  CHECK(stream->emptied());
  put(peer.get(), "a");
  CHECK_FALSE(stream->emptied());
  char buffer[10];
  CHECK(stream->read(buffer).size == 1);
  CHECK(stream->emptied());
  put(peer.get(), "b");
  peer.reset();
  CHECK_FALSE(stream->emptied());
  CHECK(stream->read(buffer).size == 1);
  CHECK(stream->emptied());
}

TEST_CASE_FIXTURE(Fixture, "before it is registered a short read proves nothing: the owner tries again, or would never hear of the next byte") {
  put(peer.get(), "abc");
  char buffer[10];
  CHECK(stream->read(buffer).size == 3);
  CHECK(stream->readable());
}

TEST_CASE_FIXTURE(Fixture, "G28: an end that comes while nobody reads is seen a little later, also where nothing was ever waited for") {
  put(peer.get(), "request");
  char buffer[10];
  CHECK(stream->read(buffer).size == 7);
  peer.reset();
  REQUIRE(run_until([&] { return owner.calls > 0; }));
  CHECK(stream->aborted());
}

TEST_CASE_FIXTURE(Fixture, "a half-closed peer is seen without reading, its bytes come before its end, it can be answered (G24)") {
  put(peer.get(), "last words");
  ::shutdown(peer.get(), SHUT_WR);
  REQUIRE(run_until([&] { return stream->peer_closed(); }));
  CHECK_FALSE(stream->aborted());
  CHECK_FALSE(stream->ended());
  char first[100];
  CHECK(stream->read(std::span(first).first(5)).size == 5);
  CHECK(stream->read(first).size == 5);
  CHECK(stream->readable());  // a short read, but the end has had its edge: nobody would call again
  const Taken taken = read_all(*stream);
  CHECK(std::string_view(first, 5) == "words");
  CHECK(taken.last == Read::end);
  CHECK(stream->ended());
  CHECK_FALSE(stream->readable());
  stream->write("answer");
  CHECK(take(peer.get()) == "answer");
}

TEST_CASE_FIXTURE(Fixture, "what the kernel does not take is queued, sent in order as the peer reads, and then no buffer is held") {
  const std::string sent = pattern(3 << 20);
  stream->write(sent.substr(0, 1 << 20));
  REQUIRE(stream->queued() > 0);
  stream->write(sent.substr(1 << 20));
  std::string received;
  REQUIRE(run_until([&] {
    received += take(peer.get());
    return received.size() == sent.size();
  }));
  CHECK(received == sent);
  CHECK(stream->queued() == 0);
  CHECK(stream->bytes_written() == sent.size());
  CHECK(owner.calls > 0);  // back-pressure ends by a call
}

TEST_CASE_FIXTURE(Fixture, "the end is sent after the queue, and nothing after the end (G23)") {
  const std::string sent = pattern(1 << 20);
  stream->write(sent);
  REQUIRE(stream->queued() > 0);
  stream->shutdown_write();
  stream->write("too late");
  CHECK(stream->write_shut());
  CHECK_FALSE(stream->write_done());
  std::string received;
  REQUIRE(run_until([&] {
    received += take(peer.get());
    return stream->write_done();
  }));
  received += take(peer.get());
  CHECK(received == sent);
  char byte;
  CHECK(::recv(peer.get(), &byte, 1, MSG_DONTWAIT) == 0);
}

TEST_CASE_FIXTURE(Fixture, "many small slices go out whole and in order") {
  const std::string sent = pattern(300);
  std::vector<iovec> slices;
  for (std::size_t i = 0; i < sent.size(); ++i) slices.push_back({const_cast<char*>(&sent[i]), 1});
  stream->write(slices);
  CHECK(take(peer.get()) == sent);
  CHECK(stream->queued() == 0);
}

TEST_CASE_FIXTURE(Fixture, "a connection is quiet until its peer speaks or closes (G61)") {
  CHECK(stream->quiet());
  put(peer.get(), "x");
  CHECK_FALSE(stream->quiet());
  CHECK(read_all(*stream).text == "x");
  CHECK(stream->quiet());
  peer.reset();
  CHECK_FALSE(stream->quiet());
}

TEST_CASE_FIXTURE(Fixture, "the owner may destroy the stream while it is called") {
  owner.then = [&](Stream&) { stream.reset(); };
  put(peer.get(), "x");
  REQUIRE(run_until([&] { return stream == nullptr; }));
  char byte;
  CHECK(::recv(peer.get(), &byte, 1, MSG_DONTWAIT) <= 0);
}

TEST_CASE_FIXTURE(Fixture, "a new owner gets the calls from then on") {
  Owner second{*this};
  stream->set_owner(second);
  put(peer.get(), "x");
  REQUIRE(run_until([&] { return second.calls > 0; }));
  CHECK(owner.calls == 0);
}

}  // namespace
}  // namespace lastcall::io::test
