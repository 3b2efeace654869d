// Each limit of G92 at n - 1, n and n + 1, through the real binary: what is within arrives whole, what is over is answered and never
// reaches the child.
#include "played_child.h"

using namespace lastcall::test;

namespace {

PlayedChild& child() {
  static PlayedChild child;
  return child;
}

// One lastcall for all of this file's requests.
LastcallRun& server() {
  static LastcallRun run(child().options());
  static const bool ready = child().wait_ready(run);
  REQUIRE(ready);
  return run;
}

// What the client got, and what reached the child (empty: nothing did).
struct Passage {
  Exchange client;
  std::string head;
};

Passage pass(const std::string& request, const std::string& response = answer("ok", "Connection: close\r\n")) {
  HttpClient client(server().port());
  CHECK(client.connection().send(request));
  Passage passage;
  if (first_readable(child().fd(), client.connection().fd()) == child().fd()) {
    TcpClient connection = child().accept();
    passage.head = read_head(connection);
    connection.send(response);
    passage.client = client.read_response();
  } else {
    passage.client = client.read_response();
    CHECK(passage.client.response.says_close());
    CHECK(client.wait_end() == Ending::fin);
  }
  CHECK(!child().asked());
  return passage;
}

std::string request_line(std::size_t size) {
  const std::string rest = "GET / HTTP/1.1";
  return "GET /" + std::string(size - rest.size(), 'l') + " HTTP/1.1";
}

// `size`: of the whole head, the empty line included.
std::string head_of(std::size_t size) {
  std::string head = "GET / HTTP/1.1\r\nHost: t\r\n";
  std::size_t left = size - head.size() - 2;
  while (left > 0) {  // in fields of at most 4 KiB; the last one takes what is left
    const std::size_t field = left > 8192 ? 4096 : left;
    head += "X: " + std::string(field - 5, 'h') + "\r\n";
    left -= field;
  }
  return head + "\r\n";
}

std::string fields_of(std::size_t count) {
  std::string head = "GET / HTTP/1.1\r\nHost: t\r\n";
  for (std::size_t i = 1; i < count; ++i) head += "X: y\r\n";
  return head + "\r\n";
}

}  // namespace

TEST_CASE("a request line of 8 KiB passes, one byte more is 414 (G92)") {
  for (const auto& [size, status] : {std::pair{8191UL, 200}, {8192UL, 200}, {8193UL, 414}}) {
    CAPTURE(size);
    const Passage passage = pass(request_line(size) + "\r\nHost: t\r\n\r\n");
    CHECK(passage.client.response.status == status);
    CHECK(passage.head.empty() == (status != 200));
    if (status == 200) CHECK(passage.head.starts_with(request_line(size) + "\r\n"));
  }
}

TEST_CASE("a head of 64 KiB passes, one byte more is 431 (G92)") {
  for (const auto& [size, status] : {std::pair{65535UL, 200}, {65536UL, 200}, {65537UL, 431}}) {
    CAPTURE(size);
    REQUIRE(head_of(size).size() == size);
    const Passage passage = pass(head_of(size));
    CHECK(passage.client.response.status == status);
    CHECK(passage.head.empty() == (status != 200));
    if (status == 200) CHECK(passage.head.size() > size);  // all of it, and ours
  }
}

TEST_CASE("128 fields pass, one more is 431 (G92)") {
  for (const auto& [count, status] : {std::pair{127UL, 200}, {128UL, 200}, {129UL, 431}}) {
    CAPTURE(count);
    const Passage passage = pass(fields_of(count));
    CHECK(passage.client.response.status == status);
    CHECK(passage.head.empty() == (status != 200));
  }
}

TEST_CASE("limits hold for a head that comes in pieces as for one that comes at once (G92)") {
  HttpClient client(server().port());
  const std::string head = head_of(65537);
  for (std::size_t at = 0; at < head.size(); at += 1000) {
    if (!client.connection().send(std::string_view(head).substr(at, 1000))) break;
  }
  CHECK(client.read_response().response.status == 431);
  CHECK(client.wait_end() == Ending::fin);
  CHECK(!child().asked());
}

TEST_CASE("a response head of 64 KiB passes, one byte more is 502 (G92)") {
  const std::string start = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n";
  for (const auto& [size, status] : {std::pair{65535UL, 200}, {65536UL, 200}, {65537UL, 502}}) {
    CAPTURE(size);
    std::string head = start;
    for (std::size_t left = size - head.size() - 2; left > 0;) {
      const std::size_t field = left > 8192 ? 4096 : left;
      head += "X: " + std::string(field - 5, 'h') + "\r\n";
      left -= field;
    }
    head += "\r\n";
    REQUIRE(head.size() == size);
    CHECK(pass("GET / HTTP/1.1\r\nHost: t\r\n\r\n", head + "ok").client.response.status == status);
  }
}

TEST_CASE("4 KiB of chunk extensions in a message pass and stay behind, more is 400 (G85)") {
  for (const auto& [size, status] : {std::pair{4095UL, 200}, {4096UL, 200}, {4097UL, 400}}) {
    CAPTURE(size);
    HttpClient client(server().port());
    REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"));
    TcpClient connection = child().accept();
    REQUIRE(!read_head(connection).empty());
    // The extension is what stands between the size and the line's end.
    REQUIRE(client.connection().send("4;" + std::string(size - 1, 'e') + "\r\nbody\r\n0\r\n\r\n"));
    if (status == 200) {
      std::string body;
      CHECK(connection.read_until(body, "0\r\n\r\n") == Ending::none);
      CHECK(body == "4\r\nbody\r\n0\r\n\r\n");
      connection.send(answer("ok", "Connection: close\r\n"));
    } else {
      std::string body;
      CHECK(connection.read_to_end(body) != Ending::timeout);
      CHECK(body.find("body") == std::string::npos);
    }
    CHECK(client.read_response().response.status == status);
  }
}

TEST_CASE("8 KiB of trailers in a request pass, more is refused (G77, G92)") {
  for (const auto& [size, status] : {std::pair{8191UL, 200}, {8192UL, 200}, {8193UL, 400}}) {
    CAPTURE(size);
    HttpClient client(server().port());
    REQUIRE(client.connection().send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"));
    TcpClient connection = child().accept();
    REQUIRE(!read_head(connection).empty());
    REQUIRE(client.connection().send("0\r\nX: " + std::string(size - 5, 't') + "\r\n\r\n"));
    std::string body;
    if (status == 200) {
      CHECK(connection.read_until(body, "0\r\n") == Ending::none);
      connection.send(answer("ok", "Connection: close\r\n"));
    } else {
      CHECK(connection.read_to_end(body) != Ending::timeout);
      CHECK(body.find("0\r\n") == std::string::npos);  // the child must not take it for complete
    }
    CHECK(client.read_response().response.status == status);
  }
}

TEST_CASE("this file's lastcall stops cleanly after all of that") {
  LastcallRun& run = server();
  SHOW_LOG(run);
  run.stop();
  CHECK_EXIT(run, 0);
}
