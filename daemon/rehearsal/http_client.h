// One keep-alive client: asks for a page on its connection, opens one where it has none, and says how each request ended, precisely enough
// to tell a loss from a race that no server can help. Uses io::Stream and the worker's own response parser. Owned by a load or by the
// idle watch; it never asks or connects by itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/address.h"
#include "io/stream.h"
#include "proto/http1_response.h"

namespace lastcall::rehearsal {

enum class ReplyKind : std::uint8_t {
  answered,
  raced,      // the server's FIN had come before the request was sent, and it was not answered (G50)
  refused,    // the connection never came about
  lost,       // closed without an answer
  reset,      // RST without an answer
  truncated,  // ended inside the answer
  invalid,    // the answer is not HTTP
};

struct Reply {
  ReplyKind what = ReplyKind::answered;
  int status = 0;                        // of answered
  bool keep_alive = false;               // the connection is still there
  std::uint32_t keep_alive_timeout = 0;  // what the server announced, in seconds
};

class HttpClient final : private io::StreamOwner {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_reply(HttpClient& client, const Reply& reply) = 0;  // may ask again at once
    virtual void on_idle_end(HttpClient& client) = 0;                   // the server closed between two requests
  };
  HttpClient(io::Poller& poller, Address server, Owner& owner);

  // One at a time. A connect that fails at once is reported from here.
  void get(const std::string& path);
  bool busy() const { return busy_; }
  bool connected() const { return connected_; }  // of a busy one: its request can have reached somebody
  void drop();                                   // closes without a word; a request under way is forgotten

 private:
  void on_stream(io::Stream& stream) override;
  void take_bytes(std::string_view bytes);
  bool take_head();
  void take_body();
  void on_end(bool reset);
  void finish(Reply reply);

  io::Poller& poller_;
  Address server_;
  Owner& owner_;
  std::unique_ptr<io::Stream> stream_;
  proto::ResponseParser parser_;
  proto::ResponseHead head_;
  std::vector<std::string_view> slices_;
  std::string received_;  // what the parser has not consumed
  Reply reply_;           // of the answer whose body still comes
  bool busy_ = false, connected_ = false, raced_ = false, begun_ = false, in_body_ = false;
};

}  // namespace lastcall::rehearsal
