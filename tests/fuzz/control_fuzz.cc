// A control connection that is fed anything, in any pieces: it must answer or close, never more than it was asked, with heads that can be read,
// and never hand up a request that breaks its bounds. The bodies go through the readers of the API.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "control/http_server.h"
#include "control/json_body.h"
#include "control/router.h"
#include "io/callback_timer.h"
#include "os/socket.h"

namespace lastcall::control {
namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

class Bench final : private HttpHandler {
 public:
  Bench() {
    const auto read = [](const HttpRequest& request, Reply reply) {
      const auto body = JsonBody::parse(request.body, {"id", "owner", "timeout", "exit_code", "now"});
      if (!body) return reply.send(error_response(400, body.error().message));
      (void)body.value().text("id", 200);
      (void)body.value().number("exit_code", 0, 255);
      (void)body.value().duration("timeout");
      (void)body.value().boolean("now");
      reply.send({.body = request.parameter});
    };
    router_.add({"GET", "/v1/state", Authority::child, read});
    router_.add({"POST", "/v1/jobs", Authority::child, read});
    router_.add({"PUT", "/v1/jobs/{id}", Authority::operator_, read});
    address_ = Address::parse("unix:@lastcall-fuzz/" + std::to_string(::getpid())).value();
    server_ = std::make_unique<HttpServer>(*poller_, std::move(os::listen_on(address_)).value(), static_cast<HttpHandler&>(*this));
  }

  void run(std::string_view bytes, std::size_t piece) {
    asked_ = 0;
    const UniqueFd client = std::move(os::connect_to(address_)).value();
    std::string answers;
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, piece);
      bytes.remove_prefix(part.size());
      if (::send(client.get(), part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) break;
      turn();
      take(client.get(), answers);
    }
    (void)::shutdown(client.get(), SHUT_WR);
    for (int i = 0; i < 64 && server_->connections() > 0; ++i) {
      turn();
      take(client.get(), answers);
    }
    check(answers);
  }

 private:
  std::optional<Peer> admit(int) override { return Peer{.authority = Authority::child}; }
  void handle(const HttpRequest& request, Reply reply) override {
    ++asked_;
    expect(request.body.size() <= 64 * 1024, "a body has 64 KiB at most");
    expect(request.path.size() + request.query.size() <= 8 * 1024, "a target fits into a head");
    router_.dispatch(request, reply);
  }
  void turn() {
    io::CallbackTimer stop(loop_, [this] { loop_.stop(); });
    stop.arm_at(loop_.now());
    loop_.run();
  }
  static void take(int fd, std::string& into) {
    char buffer[16384];
    for (ssize_t size; (size = ::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;) into.append(buffer, static_cast<std::size_t>(size));
  }
  void check(std::string_view answers) const {
    std::size_t count = 0;
    while (!answers.empty()) {
      expect(answers.starts_with("HTTP/1.1 "), "every answer begins as one");
      const std::size_t head = answers.find("\r\n\r\n");
      expect(head != answers.npos, "an answer's head is whole");
      if (answers.substr(9, 3) == "100") {
        answers.remove_prefix(head + 4);
        continue;
      }
      const std::size_t length = answers.find("Content-Length: ");
      expect(length < head, "an answer says its length");
      const std::size_t size = std::strtoul(answers.data() + length + 16, nullptr, 10);
      ++count;
      // To HEAD there is no body; then the next answer follows at once.
      answers.remove_prefix(head + 4);
      if (!answers.starts_with("HTTP/1.1 ")) answers.remove_prefix(std::min(size, answers.size()));
    }
    expect(count <= asked_ + 1, "no more answers than requests, and one refusal");
  }

  io::Loop loop_;
  std::unique_ptr<io::Poller> poller_ = std::move(io::Poller::open(loop_)).value();
  Address address_;
  Router router_;
  std::unique_ptr<HttpServer> server_;
  std::size_t asked_ = 0;
};

void drop_line(std::string_view) {}

}  // namespace
}  // namespace lastcall::control

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lastcall;
  static control::Bench& bench = *[] {
    LogSettings quiet;
    quiet.level = LogLevel::off;
    quiet.writer = control::drop_line;
    configure_log(quiet);
    return new control::Bench;
  }();
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  bench.run(bytes, data[0] == 0 ? bytes.size() + 1 : data[0]);
  return 0;
}
