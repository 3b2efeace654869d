#include "played_child.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>

namespace lastcall::test {

PlayedChild::PlayedChild(Where where) {
  if (where == Where::unix_socket) {
    const std::string path = directory_.path("child");
    address_ = "unix:" + path;
    listener_ = Fd(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    check(::bind(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
    check(::chmod(path.c_str(), 0777), "chmod");  // the worker may be another user
  } else {
    port_ = std::make_unique<FreePort>();
    address_ = port_->address();
    listener_ = Fd(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
    const int on = 1;
    ::setsockopt(fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_->number());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(::bind(fd(), reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  }
  check(::listen(fd(), 512), "listen");
}

RunOptions PlayedChild::options(const Words& flags) const {
  Words all{"--upstream", address_};
  all.insert(all.end(), flags.begin(), flags.end());
  return {.flags = all, .child = tiny({"wait"})};
}

bool PlayedChild::wait_ready(LastcallRun& run) {
  if (!run.wait_ready()) return false;
  return accept().fd() >= 0;
}

bool PlayedChild::asked(Milliseconds wait) const { return wait_for(fd(), POLLIN, Deadline::in(wait)) != 0; }

TcpClient PlayedChild::accept(Milliseconds wait) {
  if (!asked(wait)) return TcpClient(Fd());
  return TcpClient(Fd(check(::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept")));
}

std::string read_head(TcpClient& connection, Milliseconds wait) {
  std::string head;
  return connection.read_until(head, "\r\n\r\n", wait) == Ending::none ? head : "";
}

std::string target_of(const std::string& head) {
  const std::size_t space = head.find(' ');
  return space == std::string::npos ? "" : head.substr(space + 1, head.find(' ', space + 1) - space - 1);
}

std::string answer(const std::string& body, const std::string& more, const std::string& status) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

int first_readable(int one, int other, Milliseconds wait) {
  pollfd entries[2] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
  if (::poll(entries, 2, static_cast<int>(wait.count())) <= 0) return -1;
  return entries[0].revents != 0 ? one : other;
}

bool full_counts() {
  const char* full = std::getenv("LASTCALL_FULL");
  return full != nullptr && std::string(full) == "1";
}

}  // namespace lastcall::test
