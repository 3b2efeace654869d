// A line for each request, at its end, whatever that end is.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "support/temp_dir.h"
#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;
using proto::Counter;

namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

WorkerUnderTest::Adjust log_into(const std::string& path, config::AccessLogFormat format = config::AccessLogFormat::combined) {
  return [=](config::Settings& settings) {
    settings.access_log = format;
    settings.access_log_file = path;
  };
}

class Logged {
 public:
  using Lines = std::vector<std::string>;
  explicit Logged(WorkerUnderTest::Adjust adjust = {}, config::AccessLogFormat format = config::AccessLogFormat::combined,
                  Duration census_every = WorkerUnderTest::kOften)
      : worker_(
            [&](config::Settings& settings) {
              log_into(directory_.path() + "/access.log", format)(settings);
              if (adjust) adjust(settings);
            },
            FakeChild(), census_every) {
    worker_.serve();
  }
  WorkerUnderTest* operator->() { return &worker_; }
  WorkerUnderTest& worker() { return worker_; }

  // All lines, once the worker has left; no line is in part.
  Lines end() {
    worker_.close_channel();
    CHECK(worker_.wait_exit() == 0);
    const std::string text = read_file(directory_.path() + "/access.log");
    CHECK((text.empty() || text.ends_with('\n')));
    Lines lines;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) lines.push_back(text.substr(at, text.find('\n', at) - at));
    return lines;
  }

 private:
  TempDir directory_;
  WorkerUnderTest worker_;
};

bool has(const std::string& line, std::string_view part) { return line.find(part) != std::string::npos; }

void check_one(const Logged::Lines& lines, std::initializer_list<std::string_view> parts) {
  REQUIRE(lines.size() == 1);
  INFO(lines[0]);
  for (const std::string_view part : parts) CHECK_MESSAGE(has(lines[0], part), std::string(part));
}

}  // namespace

TEST_CASE("each answered request is one line, with what both sides said and how long it took") {
  Logged log([](config::Settings& settings) { settings.forward.request_id = "X-Request-Id"; });
  HttpClient client(log->port());
  REQUIRE(client.send_request("GET", "/a?b", "", "User-Agent: me \"too\"\r\nReferer: http://x/\r\n"));
  TcpClient upstream = log->child().accept();
  const std::string head = read_head(upstream);
  REQUIRE(upstream.send(kOk));
  CHECK(client.read_response().complete);
  exchange_one(client, upstream);
  const auto lines = log.end();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("127.0.0.1 - - ["));
  CHECK(has(lines[0], "] \"GET /a?b HTTP/1.1\" 200 " + std::to_string(kOk.size()) + " \"http://x/\" \"me \\x22too\\x22\" duration=0."));
  CHECK(has(lines[0], " connect=0."));
  CHECK(has(lines[0], " first_byte=0."));
  CHECK(has(lines[0], " in_flight=1 phase=serving instance=0 id="));
  const std::size_t id = head.find("X-Request-Id: ");
  REQUIRE(id != std::string::npos);
  CHECK(has(lines[0], " id=" + head.substr(id + 14, 32) + " outcome=ok"));
  CHECK(has(lines[1], " connect=- "));  // was there already
  CHECK(has(lines[1], "\"GET / HTTP/1.1\" 200 "));
}

TEST_CASE("our own answers are lines too: a bad head, a late one, and one that the phase refuses") {
  Logged log([](config::Settings& settings) { settings.timeouts.request_head = milliseconds(100); });
  std::string answer;
  TcpClient bad(log->port());
  REQUIRE(bad.send("GET / HTTP/1.1\r\nBad Name: 1\n\r\n\r\n"));
  CHECK(bad.read_to_end(answer) == Ending::fin);
  TcpClient late(log->port());
  REQUIRE(late.send("GET /late HTTP/1.1\r\nHost"));
  CHECK(late.read_to_end(answer) == Ending::fin);
  TcpClient refused(log->port());
  log->set_phase(core::Phase::lame_duck);
  log->seal();
  REQUIRE(refused.send("POST /sealed HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n"));
  CHECK(refused.read_to_end(answer) == Ending::fin);
  const auto lines = log.end();
  REQUIRE(lines.size() == 3);
  CHECK(has(lines[0], "\"GET / HTTP/1.1\" 400 "));
  CHECK(has(lines[1], "\"GET /late HTTP/1.1\" 408 "));
  CHECK(has(lines[2], "\"POST /sealed HTTP/1.1\" 503 "));
  for (const auto& line : lines) CHECK(has(line, "instance=- id=- outcome=refused"));
}

TEST_CASE("a client that leaves, and a server that breaks off, are told apart") {
  Logged log;
  {
    HttpClient client(log->port());
    REQUIRE(client.send_request("GET", "/left"));
    TcpClient upstream = log->child().accept();
    (void)read_head(upstream);
    client.connection().reset();
    CHECK(log->await_counter(Counter::aborted_by_client, 1) == 1);
  }
  {
    HttpClient client(log->port());
    REQUIRE(client.send_request("GET", "/cut"));
    TcpClient upstream = log->child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
    upstream.shutdown_write();
    CHECK_FALSE(client.read_response().complete);
  }
  {
    HttpClient client(log->port());
    REQUIRE(client.send_request("POST", "/none"));
    { TcpClient upstream = log->child().accept(); (void)read_head(upstream); }
    CHECK(client.read_response().response.status == 502);
  }
  const auto lines = log.end();
  REQUIRE(lines.size() == 3);
  CHECK(has(lines[0], "\"GET /left HTTP/1.1\" 499 0 "));
  CHECK(has(lines[0], "outcome=client_gone"));
  CHECK(has(lines[1], "\"GET /cut HTTP/1.1\" 200 "));
  CHECK(has(lines[1], "outcome=upstream_failed"));
  CHECK(has(lines[2], "\"POST /none HTTP/1.1\" 502 "));
  CHECK(has(lines[2], "outcome=upstream_failed"));
}

TEST_CASE("a tunnel is one line, at its end, with all that went through it") {
  Logged log;
  TcpClient client(log->port());
  REQUIRE(client.send("GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  {
    TcpClient upstream = log->child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
    (void)read_head(client);
    REQUIRE(upstream.send(std::string(1000, 'x')));
    (void)read_exactly(client, 1000);
    upstream.shutdown_write();
    client.shutdown_write();
    CHECK(log->await_counter(Counter::connections_closed, 1) == 1);
  }
  const auto lines = log.end();
  check_one(lines, {"\"GET /ws HTTP/1.1\" 101 1", "outcome=ok"});
}

TEST_CASE("with tcp a connection is one line, with bytes both ways") {
  Logged log([](config::Settings& settings) { settings.tcp = true; }, config::AccessLogFormat::json);
  TcpClient client(log->port());
  TcpClient upstream = log->child().accept();
  REQUIRE(client.send("hello"));
  (void)read_exactly(upstream, 5);
  REQUIRE(upstream.send("bye"));
  (void)read_exactly(client, 3);
  client.shutdown_write();
  upstream.shutdown_write();
  CHECK(log->await_counter(Counter::connections_closed, 1) == 1);
  const auto lines = log.end();
  check_one(lines, {"\"client\":\"127.0.0.1\",\"request\":null,\"status\":null,\"bytes_sent\":3,\"bytes_received\":5,", "\"connect_ms\":",
                    "\"instance\":0,", "\"outcome\":\"ok\"}"});
  CHECK_FALSE(has(lines[0], "\"connect_ms\":null"));
}

TEST_CASE("a connection without a request is no line") {
  Logged log;
  HttpClient idle(log->port());
  TcpClient partial(log->port());
  REQUIRE(partial.send("GET / HT"));
  log->sync();
  partial.reset();
  CHECK(log->await_counter(Counter::connections_closed, 1) == 1);
  CHECK(log.end().empty());
}

TEST_CASE("a request that was dropped at the last deadline has its line") {
  TempDir directory;
  const std::string path = directory.path() + "/log";
  {
    WorkerUnderTest worker(log_into(path));
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/slow"));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    worker.set_phase(core::Phase::flushing);
    worker.finish(milliseconds(50));
    CHECK(worker.wait_exit() == 0);
  }
  const std::string text = read_file(path);
  CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  CHECK(has(text, "\"GET /slow HTTP/1.1\" 499 0 "));
  CHECK(has(text, "phase=flushing instance=0 id=- outcome=dropped_at_deadline"));
}

TEST_CASE("a steady request with the log on allocates nothing either, in both formats") {
  for (const auto format : {config::AccessLogFormat::combined, config::AccessLogFormat::json}) {
    Logged log({}, format, WorkerUnderTest::kNotNow);
    HttpClient client(log->port());
    REQUIRE(client.send_request("GET", "/"));
    TcpClient upstream = log->child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send(kOk));
    CHECK(client.read_response().complete);
    for (int i = 0; i < 10; ++i) exchange_one(client, upstream);
    log->sync();
    const std::uint64_t before = log->allocations();
    for (int i = 0; i < 300; ++i) exchange_one(client, upstream);
    CHECK(log->allocations() - before == 0);
    CHECK(log.end().size() == 311);
  }
}

TEST_CASE("after its file was opened anew, what was logged before is in the one before and all else in the new one, and no line is in both") {
  TempDir directory;
  const std::string path = directory.path() + "/log";
  {
    WorkerUnderTest worker(log_into(path));
    worker.serve();
    HttpClient client(worker.port());
    REQUIRE(client.send_request("GET", "/"));
    TcpClient upstream = worker.child().accept();
    (void)read_head(upstream);
    REQUIRE(upstream.send(kOk));
    CHECK(client.read_response().complete);
    for (int i = 0; i < 9; ++i) exchange_one(client, upstream);
    const UniqueFd next(::open((path + ".new").c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    worker.tell(proto::message::ReopenLog{.number = 7, .which = proto::message::ReopenLog::access}, next.get());
    CHECK(worker.hear<proto::message::LogReopened>().number == 7);
    const std::string before = read_file(path);
    CHECK(std::count(before.begin(), before.end(), '\n') == 10);  // written now, not when its 200 ms are over
    for (int i = 0; i < 20; ++i) exchange_one(client, upstream);
    worker.close_channel();
    CHECK(worker.wait_exit() == 0);
    CHECK(read_file(path) == before);
  }
  const std::string after = read_file(path + ".new");
  CHECK(std::count(after.begin(), after.end(), '\n') == 20);
}

TEST_CASE("a pipe that nobody reads costs lines, which are counted, and nothing else; what was written is whole") {
  TempDir directory;
  const std::string path = directory.path() + "/fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  REQUIRE(::fcntl(reader.get(), F_SETPIPE_SZ, 4096) > 0);
  constexpr std::uint64_t kRequests = 100;
  std::uint64_t dropped = 0;
  {
    WorkerUnderTest worker([&](config::Settings& settings) {
      settings.access_log = config::AccessLogFormat::json;
      settings.access_log_file = path;
      settings.log_level = LogLevel::off;
    });
    worker.serve();
    HttpClient client(worker.port());
    const std::string agent = "User-Agent: " + std::string(3000, 'a') + "\r\nReferer: " + std::string(3000, 'r') + "\r\n";
    TcpClient upstream = [&] {
      REQUIRE(client.send_request("GET", "/", "", agent));
      return worker.child().accept();
    }();
    for (std::uint64_t i = 0; i < kRequests; ++i) {
      if (i > 0) REQUIRE(client.send_request("GET", "/", "", agent));
      (void)read_head(upstream);
      REQUIRE(upstream.send(kOk));
      CHECK(client.read_response().complete);
    }
    worker.sync();
    dropped = worker.counter(Counter::access_log_dropped);
    CHECK(dropped > 0);
    CHECK(dropped < kRequests);
    worker.close_channel();
    CHECK(worker.wait_exit() == 0);
    dropped = worker.counter(Counter::access_log_dropped);
  }
  std::string text(1 << 20, '\0');
  const ssize_t size = ::read(reader.get(), text.data(), text.size());
  REQUIRE(size > 0);
  text.resize(static_cast<std::size_t>(size));
  CHECK(text.ends_with("}\n"));
  CHECK(static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) + dropped == kRequests);
}
