// The other end of the control socket, for `lastcall ctl` and whoever else speaks for a person: finds the socket, asks, and waits for the
// answer, blocking, with a deadline. Runs in a process of its own and never in the supervisor.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "base/unique_fd.h"

namespace lastcall::control {

struct ControlAnswer {
  std::uint16_t status = 0;
  std::string body;
};

class ControlClient {
 public:
  // A path or "@name". Error.code: EACCES where the socket may not be opened, ECONNREFUSED or ENOENT where nobody is there.
  static Result<ControlClient> connect(const std::string& name);

  Result<ControlAnswer> ask(std::string_view method, std::string_view path, std::string_view body = {});
  // Each event of /v1/events, until the service ends (success) or the callback returns false.
  Status follow(const std::function<bool(std::string_view event, std::string_view data)>& on_event);

 private:
  explicit ControlClient(UniqueFd socket) : socket_(std::move(socket)) {}
  Status send(std::string_view bytes, TimePoint deadline);
  Result<bool> receive(std::string& into, TimePoint deadline);  // false: the end

  UniqueFd socket_;
};

// A control socket of a lastcall that runs now.
struct FoundSocket {
  int pid = 0;       // as its name says
  std::string name;  // a path or "@lastcall/PID"
};
std::vector<FoundSocket> find_control_sockets();

// Which one is meant: `given` (--socket), `variable` (LASTCALL_SOCKET), that of PID 1, the only one; else the error lists them.
Result<std::string> choose_control_socket(const std::optional<std::string>& given, const std::optional<std::string>& variable,
                                          const std::vector<FoundSocket>& found);

}  // namespace lastcall::control
