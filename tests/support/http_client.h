// A raw client: sends exactly the bytes that the test says, and tells a FIN from a reset from silence. Blocking up to a deadline. Where a
// send has to wait, what arrives meanwhile is kept for the next read: an echo larger than all buffers would otherwise stop both sides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "support/deadline.h"
#include "support/fd.h"
#include "support/response_parser.h"

namespace lastcall::test {

enum class Ending { none, fin, reset, timeout };
const char* to_string(Ending ending);

class TcpClient {
 public:
  // Connected to 127.0.0.1:port, or error() says why not (ECONNREFUSED, ...).
  explicit TcpClient(std::uint16_t port, Milliseconds wait = kPatience);
  // A connection that somebody else made, such as an accepted one; non-blocking.
  explicit TcpClient(Fd connected) : fd_(std::move(connected)) {}

  bool connected() const { return error_ == 0; }
  int error() const { return error_; }
  int fd() const { return fd_.get(); }

  bool send(std::string_view bytes, Milliseconds wait = kPatience);  // all of it; false: closed, reset or stuck
  void shutdown_write() const;
  void reset();                      // closes by RST
  void set_receive_buffer(int bytes) const;

  // Appends what comes next; `none` when bytes came.
  Ending read_some(std::string& into, Milliseconds wait = kPatience);
  Ending read_until(std::string& into, std::string_view text, Milliseconds wait = kPatience);  // `none` when found
  Ending read_bytes(std::string& into, std::size_t count, Milliseconds wait = kPatience);
  Ending read_to_end(std::string& into, Milliseconds wait = kPatience);

 private:
  Ending receive(std::string& into, bool& would_block) const;
  bool wait_to_send(const Deadline& deadline);

  Fd fd_;
  int error_ = 0;
  std::string early_;              // arrived while a send waited
  Ending early_end_ = Ending::none;
};

struct Exchange {
  HttpResponse response;
  bool complete = false;      // the whole response came
  Ending ending = Ending::none;  // what came instead, or `none`
  std::string error;          // what was wrong with the response's form
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : connection_(port) {}

  TcpClient& connection() { return connection_; }
  bool connected() const { return connection_.connected(); }

  // "GET", "/slow?ms=500": with Host, and Content-Length where there is a body. `headers`: further lines, each with CRLF.
  bool send_request(std::string_view method, std::string_view target, std::string_view body = "", std::string_view headers = "");
  Exchange read_response(Milliseconds wait = kPatience, bool head_request = false);
  Exchange request(std::string_view method, std::string_view target, std::string_view body = "", std::string_view headers = "");
  Ending wait_end(Milliseconds wait = kPatience);  // nothing more must come before it; `none`: something did
  const std::string& surplus() const { return surplus_; }

 private:
  TcpClient connection_;
  std::string surplus_;
};

// One request on a connection of its own.
Exchange fetch(std::uint16_t port, std::string_view target);

}  // namespace lastcall::test
