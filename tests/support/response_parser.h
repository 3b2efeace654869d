// What a strict HTTP/1.1 client makes of the bytes of one response: Content-Length, chunked, until close, none; interim responses
// collected. Pure; knows no socket. For the tests' clients, so deliberately not lastcall's own parser.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastcall::test {

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::vector<int> interim;    // 1xx that came before
  std::vector<std::string> trailers;

  std::string header(std::string_view name) const;  // the first of that name; empty without
  std::size_t count(std::string_view name) const;
  bool says_close() const { return header("connection") == "close"; }
};

class ResponseParser {
 public:
  explicit ResponseParser(bool head_request = false) : head_request_(head_request) {}

  // Takes bytes up to the response's end; the number taken.
  std::size_t feed(std::string_view bytes);
  void end_of_input();  // FIN: completes a body that is delimited by it

  bool started() const { return started_; }
  bool complete() const { return state_ == State::done; }
  bool broken() const { return !error_.empty(); }
  const std::string& error() const { return error_; }
  HttpResponse& response() { return response_; }

 private:
  enum class State : std::uint8_t { head, sized, chunk_size, chunk_data, chunk_end, trailer, until_close, done };

  void on_line(std::string_view line);
  void on_head_line(std::string_view line);
  void on_head_end();

  bool head_request_;
  bool started_ = false;
  State state_ = State::head;
  std::string line_;
  std::string error_;
  std::uint64_t left_ = 0;
  HttpResponse response_;
};

}  // namespace lastcall::test
