// Where a request may be sent again and where never (G59, G60, G63): every point at which the child can fail, every method, on a fresh
// connection and on a kept one. The child is the test, so it knows exactly what reached it.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include "played_child.h"

using namespace lastcall::test;

namespace {

// One lastcall for all cases; each begins with an empty pool, since every case spends its connections.
struct Stage {
  PlayedChild child;
  LastcallRun run{child.options()};
  bool ready = child.wait_ready(run);
};

Stage& stage() {
  static Stage stage;
  REQUIRE(stage.ready);
  return stage;
}

struct Method {
  std::string name;
  bool idempotent;
  bool body;
};

const Method kMethods[] = {{"GET", true, false},    {"HEAD", true, false},  {"OPTIONS", true, false}, {"PUT", true, true},
                               {"DELETE", true, false}, {"POST", false, true},  {"PATCH", false, true},   {"POST", false, false}};

enum class Failure : std::uint8_t { close_unread, close_read, reset_read, close_in_head, reset_in_head, close_in_body, reset_in_body };
constexpr std::pair<Failure, const char*> kFailures[] = {
    {Failure::close_unread, "closes without reading"}, {Failure::close_read, "closes after reading"},
    {Failure::reset_read, "resets after reading"},     {Failure::close_in_head, "closes in its head"},
    {Failure::reset_in_head, "resets in its head"},    {Failure::close_in_body, "closes in its body"},
    {Failure::reset_in_body, "resets in its body"}};

bool answer_begun(Failure failure) { return failure >= Failure::close_in_head; }

std::string request(const Method& method, const std::string& target) {
  const std::string body = method.body ? "Content-Length: 4\r\n\r\nbody" : method.name == "POST" ? "Content-Length: 0\r\n\r\n" : "\r\n";
  return method.name + " " + target + " HTTP/1.1\r\nHost: test\r\n" + body;
}

// The child's part: the request is there, and this is what becomes of it.
void fail_at(Failure failure, TcpClient connection, const Method& method) {
  if (failure == Failure::close_unread) {  // the kernel makes it a reset
    REQUIRE(wait_for(connection.fd(), POLLIN, Deadline::in(kPatience)) != 0);
    return;
  }
  std::string received;
  REQUIRE(connection.read_until(received, method.body ? "\r\n\r\nbody" : "\r\n\r\n") == Ending::none);
  if (answer_begun(failure)) {
    const bool in_head = failure == Failure::close_in_head || failure == Failure::reset_in_head;
    REQUIRE(connection.send(in_head ? "HTTP/1.1 200 OK\r\nConte" : "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello"));
  }
  if (failure == Failure::reset_read || failure == Failure::reset_in_head || failure == Failure::reset_in_body) connection.reset();
}

// Leaves exactly one kept connection in the pool, and hands over the child's end of it.
TcpClient keep_one_connection(const std::string& target) {
  HttpClient client(stage().run.port());
  REQUIRE(client.send_request("GET", target));
  TcpClient connection = stage().child.accept();
  REQUIRE(target_of(read_head(connection)) == target);  // also: nothing of the case before comes late
  REQUIRE(connection.send(answer("warm")));
  REQUIRE(client.read_response().response.body == "warm");
  return connection;
}

struct Outcome {
  int reached_child = 1;
  Exchange client;
};

// Sends the request, lets the first attempt fail, serves whatever comes again.
Outcome play(const Method& method, Failure failure, bool reused, int number) {
  PlayedChild& child = stage().child;
  std::optional<TcpClient> kept;
  if (reused) kept = keep_one_connection("/warm-" + std::to_string(number));
  HttpClient client(stage().run.port());
  REQUIRE(client.connection().send(request(method, "/case-" + std::to_string(number))));
  if (reused && first_readable(kept->fd(), child.fd()) != kept->fd()) {  // lastcall chose a fresh one all the same: legal
    kept = child.accept();
  } else if (!reused) {
    kept = child.accept();
  }
  fail_at(failure, std::move(*kept), method);
  kept.reset();

  Outcome outcome;
  while (first_readable(child.fd(), client.connection().fd()) == child.fd()) {
    TcpClient again = child.accept();
    std::string received;
    REQUIRE(again.read_until(received, method.body ? "\r\n\r\nbody" : "\r\n\r\n") == Ending::none);
    CHECK(received.starts_with(method.name + " /case-" + std::to_string(number) + " "));
    ++outcome.reached_child;
    again.send(answer(method.name == "HEAD" ? "" : "again", "Connection: close\r\n"));
  }
  outcome.client = client.read_response(kPatience, method.name == "HEAD");
  return outcome;
}

}  // namespace

TEST_CASE("the matrix: only an idempotent request, on a kept connection, unanswered, is sent again, once; a POST never (G59, G60)") {
  int number = 0;
  for (const bool reused : {false, true}) {
    for (const auto& [failure, failure_name] : kFailures) {
      for (const Method& method : kMethods) {
        ++number;
        CAPTURE(method.name);
        CAPTURE(method.body);
        CAPTURE(failure_name);
        CAPTURE(reused);
        const Outcome outcome = play(method, failure, reused, number);
        const Exchange& client = outcome.client;
        const bool may_retry = method.idempotent && reused && !answer_begun(failure);
        if (may_retry && !method.body) CHECK(outcome.reached_child == 2);
        if (may_retry && method.body) CHECK(outcome.reached_child <= 2);  // its bytes may or may not be kept (G63)
        if (!may_retry) CHECK(outcome.reached_child == 1);
        if (outcome.reached_child == 2) {
          CHECK(client.complete);
          CHECK(client.response.status == 200);
        } else if (failure == Failure::close_in_body || failure == Failure::reset_in_body) {
          const bool bodiless = method.name == "HEAD";  // its answer ends with the head
          CHECK(client.complete == bodiless);                        // never passed on as complete (G57)
          CHECK(client.ending != Ending::timeout);
        } else {
          CHECK(client.complete);
          CHECK(client.response.status == 502);
        }
      }
    }
  }
}

TEST_CASE("a retry that fails is not retried (G59)") {
  PlayedChild& child = stage().child;
  TcpClient kept = keep_one_connection("/warm-twice");
  HttpClient client(stage().run.port());
  REQUIRE(client.send_request("GET", "/twice"));
  fail_at(Failure::close_read, std::move(kept), kMethods[0]);
  fail_at(Failure::close_read, child.accept(), kMethods[0]);
  CHECK(client.read_response().response.status == 502);
  CHECK(!child.asked());
}

TEST_CASE("a body that was passed on in part is never sent a second time: 502, not a truncated resend (G63)") {
  PlayedChild& child = stage().child;
  TcpClient kept = keep_one_connection("/warm-put");
  HttpClient client(stage().run.port());
  REQUIRE(client.connection().send("PUT /large HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n" + std::string(500'000, 'p')));
  std::string received;
  REQUIRE(kept.read_bytes(received, 300'000) == Ending::none);
  kept = TcpClient(Fd());
  client.connection().send(std::string(500'000, 'p'));
  CHECK(client.read_response().response.status == 502);
  CHECK(!child.asked());
}

TEST_CASE("a child that closes a kept connection costs nobody anything: the next request takes a fresh one, whatever its method (G61)") {
  PlayedChild& child = stage().child;
  for (const Method& method : kMethods) {
    CAPTURE(method.name);
    { const TcpClient kept = keep_one_connection("/warm-stale-" + method.name); }  // closed at once
    HttpClient client(stage().run.port());
    REQUIRE(client.connection().send(request(method, "/stale")));
    TcpClient fresh = child.accept();
    REQUIRE(target_of(read_head(fresh)) == "/stale");
    REQUIRE(fresh.send(answer("", "Connection: close\r\n")));
    CHECK(client.read_response(kPatience, method.name == "HEAD").response.status == 200);
  }
}

TEST_CASE("nor where the close and the request come to the worker's notice together (G61)") {
  PlayedChild& child = stage().child;
  for (const Method& method : kMethods) {
    CAPTURE(method.name);
    CAPTURE(method.body);
    std::optional<TcpClient> kept = keep_one_connection("/warm-together-" + method.name);
    const int worker = stage().run.worker_pid();
    REQUIRE(::kill(worker, SIGSTOP) == 0);
    HttpClient client(stage().run.port());
    REQUIRE(client.connection().send(request(method, "/together")));
    kept.reset();
    REQUIRE(::kill(worker, SIGCONT) == 0);
    const bool asked = first_readable(child.fd(), client.connection().fd()) == child.fd();
    CHECK(asked);  // else it went to the dead one
    if (!asked) continue;
    TcpClient fresh = child.accept();
    REQUIRE(target_of(read_head(fresh)) == "/together");
    REQUIRE(fresh.send(answer("", "Connection: close\r\n")));
    CHECK(client.read_response(kPatience, method.name == "HEAD").response.status == 200);
  }
}

TEST_CASE("a POST takes no connection that has been idle for a second, a GET does (G61)") {
  PlayedChild& child = stage().child;
  TcpClient kept = keep_one_connection("/warm-post");
  pass_time(1100ms);
  HttpClient poster(stage().run.port());
  REQUIRE(poster.connection().send(request(kMethods[5], "/post")));
  CHECK(first_readable(kept.fd(), child.fd()) == child.fd());
  TcpClient fresh = child.accept();
  REQUIRE(fresh.send(answer("", "Connection: close\r\n")));
  CHECK(poster.read_response().response.status == 200);
  HttpClient getter(stage().run.port());
  REQUIRE(getter.send_request("GET", "/get"));
  CHECK(first_readable(kept.fd(), child.fd()) == kept.fd());
  REQUIRE(target_of(read_head(kept)) == "/get");
  REQUIRE(kept.send(answer("kept", "Connection: close\r\n")));
  CHECK(getter.read_response().response.body == "kept");
}

TEST_CASE("this file's lastcall stops cleanly after all of that") {
  LastcallRun& run = stage().run;
  SHOW_LOG(run);
  run.stop();
  CHECK_EXIT(run, 0);
}
