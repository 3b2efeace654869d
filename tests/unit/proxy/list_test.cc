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

}  // namespace

TEST_CASE("a list names every connection: who, doing what, with which request") {
  WorkerUnderTest worker;
  worker.serve();
  HttpClient idle(worker.port());
  HttpClient asking(worker.port());
  REQUIRE(asking.send_request("GET", "/report?month=11"));
  worker.await_counter(proto::Counter::requests, 1);
  worker.sync();
  Memory memory;
  const auto& page = list(worker, memory, 7);
  REQUIRE(page.count == 2);
  CHECK(page.total == 2);
  const auto& request = page.rows[0].kind == proto::ConnectionRow::Kind::finite ? page.rows[0] : page.rows[1];
  CHECK(request.request_text() == "GET /report?month=11 HTTP/1.1");
  CHECK(request.peer_text().starts_with("127.0.0.1:"));
  CHECK(request.state == proto::ConnectionRow::State::answering);
  CHECK(request.bytes_in > 20);
  const auto& other = &request == &page.rows[0] ? page.rows[1] : page.rows[0];
  CHECK(other.kind == proto::ConnectionRow::Kind::idle);
  CHECK(other.state == proto::ConnectionRow::State::waiting_for_request);
  CHECK(other.request_text().empty());
}

TEST_CASE("a list names a copy by its number, not by the id of the channel, and none where a connection has none") {
  WorkerUnderTest worker;
  FakeChild child;
  worker.set_upstreams({{.instance = 17, .state = proto::InstanceState::ready, .child = child, .number = 1}});
  worker.set_phase(core::Phase::serving);
  HttpClient idle(worker.port());
  HttpClient asking(worker.port());
  REQUIRE(asking.send_request("GET", "/"));
  worker.await_counter(proto::Counter::requests, 1);
  worker.sync();
  Memory memory;
  const auto& page = list(worker, memory, 1);
  REQUIRE(page.count == 2);
  const bool first = page.rows[0].kind == proto::ConnectionRow::Kind::finite;
  CHECK(page.rows[first ? 0 : 1].instance == 1);
  CHECK(page.rows[first ? 1 : 0].instance == proto::ConnectionRow::kNoInstance);
}

TEST_CASE("memory that is too small is not written, and the worker lives") {
  WorkerUnderTest worker;
  worker.serve();
  const UniqueFd small = std::move(os::shared_page("test", 4096)).value();
  worker.tell(proto::message::List{1}, small.get());
  Memory memory;
  CHECK(list(worker, memory, 2).count == 0);
}
