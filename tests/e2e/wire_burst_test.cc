// A burst overflows the child's accept queue: the kernel drops the SYN and asks again after 1, 3 and 7 s. A wrapper must wait for that,
// as a client of the bare child would, and not invent a 503.
#include <netinet/in.h>
#include <sys/socket.h>

#include "played_child.h"

using namespace lastcall::test;

namespace {

// Connections of our own that nobody accepts, until the queue of `listener` is full.
std::vector<Fd> fill_queue(int listener) {
  REQUIRE(::listen(listener, 0) == 0);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  std::vector<Fd> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)::connect(fillers.back().get(), reinterpret_cast<const sockaddr*>(&address), size);
  }
  return fillers;
}

}  // namespace

TEST_CASE("a request that finds the child's accept queue full is answered when there is room again, not with a 503") {
  PlayedChild child;
  LastcallRun run(child.options());
  SHOW_LOG(run);
  REQUIRE(child.wait_ready(run));
  const auto fillers = fill_queue(child.fd());
  HttpClient client(run.port());
  REQUIRE(client.send_request("GET", "/patient"));
  pass_time(1300ms);  // the kernel's first retry has found no room either
  std::string head;
  while (head.empty()) {
    TcpClient connection = child.accept();
    REQUIRE(connection.fd() >= 0);
    head = read_head(connection, 50ms);  // ours say nothing
    if (!head.empty()) REQUIRE(connection.send(answer("served")));
  }
  CHECK(target_of(head) == "/patient");
  const Exchange exchange = client.read_response();
  CHECK(exchange.response.status == 200);
  CHECK(exchange.response.body == "served");
}
