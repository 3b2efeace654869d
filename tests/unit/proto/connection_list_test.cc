#include "proto/connection_list.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace lastcall::proto;

TEST_CASE("a row keeps what fits and makes printable what is not") {
  ConnectionRow row{};
  row.set_peer("192.0.2.1:4711");
  row.set_request("GET /a\x1b[2J?q=\xc3\xa9 HTTP/1.1\r\nHost: x\r\n");
  CHECK(row.peer_text() == "192.0.2.1:4711");
  CHECK(row.request_text() == "GET /a?[2J?q=?? HTTP/1.1");
  row.set_request("GET /" + std::string(500, 'a'));
  CHECK(row.request_text() == "GET /" + std::string(155, 'a'));
}

TEST_CASE("whatever a worker writes, the reader gets printable text and a known word") {
  ConnectionRow row;
  std::fill_n(reinterpret_cast<char*>(&row), sizeof row, '\xff');
  CHECK(row.peer_text() == std::string(64, '?'));
  CHECK(row.request_text() == std::string(160, '?'));
  CHECK(to_string(row.kind) == "unknown");
  CHECK(to_string(row.state) == "unknown");
}
