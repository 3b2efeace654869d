#include "proxy/body_writer.h"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include "io/loop.h"
#include "os/socket.h"

using namespace lastcall;
using proto::Framing;

namespace {

struct Nobody final : io::StreamOwner {
  void on_stream(io::Stream&) override {}
};

// What write_message() puts on the wire.
std::string written(std::string_view head, const std::vector<std::string_view>& slices, Framing framing, bool complete) {
  io::Loop loop;
  const auto poller = io::Poller::open(loop).value();
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  const UniqueFd reader(ends[1]);
  Nobody nobody;
  const auto stream = io::Stream::adopt(*poller, UniqueFd(ends[0]), nobody);
  proxy::write_message(*stream, head, slices, framing, complete);
  char bytes[65536];
  const ssize_t size = ::recv(reader.get(), bytes, sizeof bytes, 0);
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : "";
}

}  // namespace

TEST_CASE("a head and its body go out as they are where a length or the close tells the end") {
  for (const Framing framing : {Framing::none, Framing::length, Framing::until_close}) {
    CHECK(written("head", {"one", "two"}, framing, true) == "headonetwo");
    CHECK(written("", {"one", "", "two"}, framing, false) == "onetwo");
    CHECK(written("head", {}, framing, true) == "head");
  }
}

TEST_CASE("the slices of one call are one chunk, and the last chunk comes once, at the end (G85)") {
  CHECK(written("head", {"one", "two"}, Framing::chunked, false) == "head6\r\nonetwo\r\n");
  CHECK(written("head", {"one"}, Framing::chunked, true) == "head3\r\none\r\n0\r\n\r\n");
  CHECK(written("", {}, Framing::chunked, true) == "0\r\n\r\n");
  CHECK(written("head", {}, Framing::chunked, false) == "head");
  CHECK(written("", {std::string_view(), std::string_view()}, Framing::chunked, false) == "");  // an empty chunk would be the last one
}

TEST_CASE("a chunk's size is written in hexadecimal") {
  const std::string body(0x1f4a, 'x');
  CHECK(written("", {body}, Framing::chunked, false) == "1f4a\r\n" + body + "\r\n");
}

TEST_CASE("more slices than one system call is given arrive in order") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>('a' + i % 26);
  std::vector<std::string_view> slices;
  for (std::size_t i = 0; i < text.size(); ++i) slices.push_back(std::string_view(text).substr(i, 1));
  CHECK(written("", slices, Framing::length, true) == text);
  CHECK(written("h", slices, Framing::chunked, true) == "h3e8\r\n" + text + "\r\n0\r\n\r\n");
  slices.resize(32);  // the most that are passed on without joining them
  CHECK(written("h", slices, Framing::chunked, true) == "h20\r\n" + text.substr(0, 32) + "\r\n0\r\n\r\n");
}

TEST_CASE("nothing to write makes no write at all") { CHECK(written("", {}, Framing::none, true) == ""); }
