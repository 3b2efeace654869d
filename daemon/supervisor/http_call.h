// One HTTP/1.1 request and its answer, within a time, from the supervisor's loop: for probes and for hooks. Speaks TCP or a Unix socket,
// one connection each, no redirects, no keep-alive; the answer's head and body are bounded, as the one who answers is not trusted. Calls
// back once, never from within its constructor. Owned by whoever asks; supervisor process only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "supervisor/connect_attempt.h"

namespace lastcall::supervisor {

struct HttpCallRequest {
  Address target = {};
  std::string method = "GET";
  std::string path = "/";  // valid as a request target; the caller has checked it
  std::string host = {};   // empty: the target's address, "localhost" for a Unix socket
  std::vector<std::pair<std::string, std::string>> headers = {};  // beside Host, User-Agent, Accept, Connection and Content-Length
  std::string body = {};
  Duration timeout = seconds(5);          // for all of it
  Duration connect_timeout = seconds(1);  // its first part; on loopback longer means a full backlog
  std::size_t body_limit = 0;             // of the answer; 0: the head is all that is wanted
  std::string preface = {};               // bytes before the request: a PROXY header
};

struct HttpAnswer {
  int status = 0;          // of the final head; 0: there was none
  std::string body;        // at most body_limit bytes
  bool body_cut = false;   // there was more
  std::string error;       // why the answer is missing or not whole, for people: "Connection refused", "no answer"; empty: it is whole
};

class HttpCall {
 public:
  using Callback = std::function<void(const HttpAnswer&)>;  // may destroy the call
  HttpCall(io::Loop& loop, HttpCallRequest request, Callback callback);
  ~HttpCall();  // abandons it silently

 private:
  class Reading;
  void on_connected(UniqueFd socket, const std::string& error);
  void on_socket(int events);
  bool send_more();  // false: the connection is broken
  void receive();
  void conclude(std::string error);

  io::Loop& loop_;
  HttpCallRequest request_;
  Callback callback_;
  std::string unsent_;
  UniqueFd socket_;
  std::unique_ptr<Reading> reading_;
  std::unique_ptr<io::FdWatch> watch_;
  std::optional<ConnectAttempt> connecting_;
  io::CallbackTimer timeout_;
};

}  // namespace lastcall::supervisor
