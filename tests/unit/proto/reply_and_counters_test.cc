#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>

#include "message_events.h"
#include "proto/counters_page.h"
#include "proto/http_reply.h"

namespace lastcall::proto {

TEST_CASE("a 503 has the shape that clients and load balancers can act on (G54)") {
  CHECK(make_reply(503, "shutting down") ==
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 39\r\nCache-Control: no-store\r\n"
        "Retry-After: 1\r\nConnection: close\r\n\r\n503 Service Unavailable: shutting down\n");
}

TEST_CASE("the reply to HEAD describes the body and has none (G54)") {
  const auto full = make_reply(503, "");
  const auto head = make_reply(503, "", true);
  CHECK(full == head + "503 Service Unavailable\n");
  CHECK(response_events(head, all_at_once(), true).ends_with("complete\nleft 0\n"));
}

TEST_CASE("each of our replies is a whole response that announces close") {
  for (const int number : {400, 405, 408, 413, 414, 431, 500, 501, 502, 503, 504, 505, 508}) {
    CAPTURE(number);
    const auto status = static_cast<std::uint16_t>(number);
    const auto reply = make_reply(status, "why");
    const auto events = response_events(reply, all_at_once());
    CHECK(events.starts_with("response " + std::to_string(status) + " (" + std::string(reason_phrase(status)) + ") 1.1"));
    CHECK(reason_phrase(status) != "");
    CHECK(events.find("keep_alive") == std::string::npos);
    CHECK(events.ends_with(": why\n]\ncomplete\nleft 0\n"));
    CHECK((reply.find("Retry-After") != std::string::npos) == (status == 503));
    CHECK((reply.find("\r\nAllow: ") != std::string::npos) == (status == 405));
  }
}

TEST_CASE("a page of the user's takes the place of the body, and of nothing else (G54)") {
  constexpr std::string_view kPage = " <!doctype html><p>We are back in a minute";
  const auto reply = make_reply(503, "shutting down", false, kPage);
  CHECK(reply ==
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 42\r\n"
        "Cache-Control: no-store\r\nRetry-After: 1\r\nConnection: close\r\n\r\n" + std::string(kPage));
  CHECK(make_reply(503, "", true, kPage) + std::string(kPage) == reply);
  CHECK(make_reply(502, "", false, "sorry").find("\r\nContent-Type: text/plain; charset=utf-8\r\n") != std::string::npos);
  for (const int status : {502, 503, 504}) CHECK(takes_page(static_cast<std::uint16_t>(status)));
  for (const int status : {200, 400, 408, 413, 500, 501, 505, 508}) CHECK_FALSE(takes_page(static_cast<std::uint16_t>(status)));
}

TEST_CASE("an OPTIONS that was addressed to us is told what we pass on (G67)") {
  const auto reply = make_reply(200, "");
  CHECK(reply.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(reply.find("\r\nAllow: GET, HEAD, ") != std::string::npos);
}

TEST_CASE("every counter has a name of its own") {
  std::set<std::string_view> names;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(Counter::count_); ++i) {
    const auto name = to_string(static_cast<Counter>(i));
    CHECK(name != "unknown");
    CHECK(name != "");
    names.insert(name);
  }
  CHECK(names.size() == static_cast<std::size_t>(Counter::count_));
  CHECK(to_string(Counter::count_) == "unknown");
  CHECK(to_string(Counter::dropped_finite) == "dropped_finite");
}

TEST_CASE("a counter counts in its own slot") {
  const auto page = std::make_unique<CountersPage>();
  page->add(Counter::requests);
  page->add(Counter::requests, 4);
  page->add(Counter::bytes_to_clients, UINT64_C(1) << 40);
  CHECK(page->get(Counter::requests) == 5);
  CHECK(page->get(Counter::bytes_to_clients) == UINT64_C(1) << 40);
  CHECK(page->get(Counter::responses) == 0);
}

}  // namespace lastcall::proto
