#include <doctest/doctest.h>

#include "proto/connection_list.h"
#include "worker_under_test.h"

using namespace lastcall;
using namespace lastcall::test;

namespace {

struct Memory {
  UniqueFd fd = std::move(os::shared_page("test", sizeof(proto::ConnectionPage))).value();
  os::Mapping mapping = std::move(os::Mapping::map(fd.get(), sizeof(proto::ConnectionPage), os::Mapping::Access::read_only)).value();
  const proto::ConnectionPage& page() const { return *static_cast<const proto::ConnectionPage*>(mapping.data()); }
};

// What the worker writes when it is asked.
const proto::ConnectionPage& list(WorkerUnderTest& worker, Memory& memory, std::uint64_t number) {
  worker.tell(proto::message::List{number}, memory.fd.get());
  CHECK(worker.hear<proto::message::Listed>().number == number);
  return memory.page();
}

// A worker with two clients, one whose request the child has and one that says nothing, and its list of them.
struct Listed {
  Listed(WorkerUnderTest& worker, std::string_view target) : idle_client(worker.port()), asking_client(worker.port()) {
    REQUIRE(asking_client.send_request("GET", target));
    worker.await_counter(proto::Counter::requests, 1);
    worker.sync();
    (void)list(worker, memory, 7);
    REQUIRE(page.count == 2);
  }
  const proto::ConnectionRow& asking() const { return page.rows[asks_first() ? 0 : 1]; }
  const proto::ConnectionRow& idle() const { return page.rows[asks_first() ? 1 : 0]; }

  HttpClient idle_client, asking_client;
  Memory memory;
  const proto::ConnectionPage& page = memory.page();

 private:
  bool asks_first() const { return page.rows[0].kind == proto::ConnectionRow::Kind::finite; }
};

}  // namespace

TEST_CASE("a list names every connection: who, doing what, with which request") {
  WorkerUnderTest worker;
  worker.serve();
  const Listed listed(worker, "/report?month=11");
  CHECK(listed.page.total == 2);
  const auto& request = listed.asking();
  CHECK(request.request_text() == "GET /report?month=11 HTTP/1.1");
  CHECK(request.peer_text().starts_with("127.0.0.1:"));
  CHECK(request.state == proto::ConnectionRow::State::answering);
  CHECK(request.bytes_in > 20);
  const auto& other = listed.idle();
  CHECK(other.kind == proto::ConnectionRow::Kind::idle);
  CHECK(other.state == proto::ConnectionRow::State::waiting_for_request);
  CHECK(other.request_text().empty());
}

TEST_CASE("a list names a copy by its number, not by the id of the channel, and none where a connection has none") {
  WorkerUnderTest worker;
  FakeChild child;
  worker.set_upstreams({{.instance = 17, .state = proto::InstanceState::ready, .child = child, .number = 1}});
  worker.set_phase(core::Phase::serving);
  const Listed listed(worker, "/");
  CHECK(listed.asking().instance == 1);
  CHECK(listed.idle().instance == proto::ConnectionRow::kNoInstance);
}

TEST_CASE("memory that is too small is not written, and the worker lives") {
  WorkerUnderTest worker;
  worker.serve();
  const UniqueFd small = std::move(os::shared_page("test", 4096)).value();
  worker.tell(proto::message::List{1}, small.get());
  Memory memory;
  CHECK(list(worker, memory, 2).count == 0);
}
