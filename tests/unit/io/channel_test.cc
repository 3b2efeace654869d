#include "io/channel.h"

#include <string>
#include <vector>

#include "fixture.h"

namespace lastcall::io::test {
namespace {

struct End final : Channel::Owner {
  End(Bench& b, UniqueFd socket) : bench(b), channel(std::make_unique<Channel>(b.loop, std::move(socket), *this)) {}
  void on_channel_message(std::span<const char> message, std::vector<UniqueFd> received) override {
    messages.emplace_back(message.data(), message.size());
    for (UniqueFd& fd : received) descriptors.push_back(std::move(fd));
    if (end_on_message) channel.reset();
    bench.loop.stop();
  }
  void on_channel_closed() override {
    ++closed;
    channel.reset();
    bench.loop.stop();
  }
  Bench& bench;
  std::vector<std::string> messages;
  std::vector<UniqueFd> descriptors;
  int closed = 0;
  bool end_on_message = false;
  std::unique_ptr<Channel> channel;
};

struct Fixture : Bench {
  UniqueFd raw;  // the far end, read by hand
  std::unique_ptr<End> near;
  Fixture() {
    auto [a, b] = std::move(os::seqpacket_pair()).value();
    raw = std::move(b);
    near = std::make_unique<End>(*this, std::move(a));
  }
  // Fills the kernel's queue, which holds `net.unix.max_dgram_qlen` or a buffer's worth of messages; the number sent.
  int fill() {
    int count = 0;
    while (near->channel->queued() == 0) {
      REQUIRE(near->channel->send(std::string("filler")).ok());
      ++count;
    }
    return count;
  }
  std::vector<std::string> receive_all() {
    std::vector<std::string> received;
    char buffer[Channel::kMaxMessage];
    for (ssize_t size; (size = ::recv(raw.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
      received.emplace_back(buffer, static_cast<std::size_t>(size));
    return received;
  }
};

TEST_CASE_FIXTURE(Fixture, "messages arrive whole and in order, both ways") {
  End far(*this, std::move(raw));
  const std::string largest(Channel::kMaxMessage, 'x');
  for (int i = 0; i < 40; ++i) REQUIRE(near->channel->send(std::to_string(i)).ok());
  REQUIRE(near->channel->send(largest).ok());
  REQUIRE(far.channel->send(std::string("back")).ok());
  REQUIRE(run_until([&] { return far.messages.size() == 41 && near->messages.size() == 1; }));
  for (int i = 0; i < 40; ++i) CHECK(far.messages[static_cast<std::size_t>(i)] == std::to_string(i));
  CHECK(far.messages[40] == largest);
}

TEST_CASE_FIXTURE(Fixture, "a newer state replaces an older one that still waits, in its place; others are kept") {
  int sent = fill();
  REQUIRE(near->channel->send(std::string("census 1"), 7).ok());
  REQUIRE(near->channel->send(std::string("phase 1"), 8).ok());
  REQUIRE(near->channel->send(std::string("sealed")).ok());
  REQUIRE(near->channel->send(std::string("census 2"), 7).ok());
  CHECK(near->channel->queued() == 4);
  std::vector<std::string> received;
  REQUIRE(run_until([&] {
    for (std::string& message : receive_all()) received.push_back(std::move(message));
    if (near->channel->queued() > 0) settle();
    return near->channel->queued() == 0;
  }));
  for (std::string& message : receive_all()) received.push_back(std::move(message));
  REQUIRE(received.size() == static_cast<std::size_t>(sent) + 3);
  CHECK(std::vector(received.end() - 3, received.end()) == std::vector<std::string>{"census 2", "phase 1", "sealed"});
}

TEST_CASE_FIXTURE(Fixture, "an end that does not read is told from a slow one by the length of the queue") {
  fill();
  for (std::size_t i = 1; i < Channel::kMaxQueued; ++i) REQUIRE(near->channel->send(std::string("command")).ok());
  const Status status = near->channel->send(std::string("one too many"));
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ENOBUFS);
  CHECK(near->channel->queued() == Channel::kMaxQueued);
}

TEST_CASE_FIXTURE(Fixture, "descriptors travel with their message, also through the queue, and arrive CLOEXEC") {
  End far(*this, std::move(raw));
  int pipe_ends[2];
  REQUIRE(::pipe2(pipe_ends, O_CLOEXEC) == 0);
  const UniqueFd reading(pipe_ends[0]);
  fill();
  std::vector<UniqueFd> sent;
  sent.emplace_back(pipe_ends[1]);
  sent.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(near->channel->send(std::string("listeners"), 0, std::move(sent)).ok());
  REQUIRE(run_until([&] { return !far.messages.empty() && far.messages.back() == "listeners"; }));
  REQUIRE(far.descriptors.size() == 2);
  CHECK((::fcntl(far.descriptors[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(::write(far.descriptors[0].get(), "x", 1) == 1);
  far.descriptors.clear();
  char bytes[2];
  CHECK(::read(reading.get(), bytes, 2) == 1);  // and then end of file: no copy stayed behind
  CHECK(::read(reading.get(), bytes, 1) == 0);
}

TEST_CASE_FIXTURE(Fixture, "the last messages of an end that died arrive before the news of its death, once") {
  REQUIRE(near->channel->send(std::string("never read")).ok());  // makes the kernel report ECONNRESET first
  for (int i = 0; i < 30; ++i) put(raw.get(), "message " + std::to_string(i));
  raw.reset();
  REQUIRE(run_until([&] { return near->closed > 0; }));
  CHECK(near->messages.size() == 30);
  CHECK(near->closed == 1);
}

TEST_CASE_FIXTURE(Fixture, "sending to an end that is gone is no error: its end is reported by itself") {
  raw.reset();
  CHECK(near->channel->send(std::string("too late")).ok());
  REQUIRE(run_until([&] { return near->closed == 1; }));
}

TEST_CASE_FIXTURE(Fixture, "a message larger than any of ours ends the channel: the other end is not our build") {
  put(raw.get(), std::string(Channel::kMaxMessage + 1, 'x'));
  REQUIRE(run_until([&] { return near->closed == 1; }));
  CHECK(near->messages.empty());
}

TEST_CASE_FIXTURE(Fixture, "the owner may destroy the channel while it gets a message") {
  near->end_on_message = true;
  put(raw.get(), "one");
  put(raw.get(), "two");
  REQUIRE(run_until([&] { return near->channel == nullptr; }));
  CHECK(near->messages.size() == 1);
  CHECK(near->closed == 0);
}

}  // namespace
}  // namespace lastcall::io::test
