#include "support/control_client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "support/response_parser.h"

namespace lastcall::test {

Fd connect_unix(const std::string& path) {
  Fd fd(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  // Blocking, because a full queue refuses at once who does not wait.
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fd.reset();
  if (fd) check(::fcntl(fd.get(), F_SETFL, O_NONBLOCK), "fcntl");
  return fd;
}

ControlAnswer ask_control(const std::string& path, std::string_view method, std::string_view target, std::string_view body) {
  Fd fd = connect_unix(path);
  if (!fd) return {};
  TcpClient client(std::move(fd));
  const std::string request = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  std::string answer;
  client.send(request);
  client.read_to_end(answer);
  const std::size_t head = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || head == answer.npos) return {};
  return {.status = std::stoi(answer.substr(9, 3)), .body = answer.substr(head + 4)};
}

bool ask_until(const std::function<bool()>& holds) {
  const Deadline deadline = Deadline::in(kPatience);
  while (!holds())
    if (deadline.passed()) return false;
  return true;
}

}  // namespace lastcall::test
