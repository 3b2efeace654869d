#include "tiny_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <list>
#include <string_view>
#include <vector>

namespace tiny {
namespace {

struct Connection {
  int fd;
  std::string input;
  long due = 0;          // when the late answer goes out; 0: none
  long idle_since = 0;
  bool close = false;
};

int journal = -1;

long now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

long parameter(std::string_view target, const char* name, long otherwise) {
  const std::string key = std::string(name) + "=";
  const std::size_t at = target.find(key);
  return at == std::string_view::npos ? otherwise : ::atol(target.data() + at + key.size());
}

// The descriptor is blocking: a slow reader holds the whole server up, as in many small servers.
void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
}

void answer(const Connection& connection, std::string_view body) {
  std::string text = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  if (connection.close) text += "Connection: close\r\n";
  text += "\r\n";
  text += body;
  write_all(connection.fd, text);
}

// False: the connection ends.
bool handle(Connection& connection, std::string_view target, std::string_view body) {
  if (target.starts_with("/slow")) {
    connection.due = now_ms() + parameter(target, "ms", 0);
    return true;
  }
  if (target.starts_with("/die")) ::_exit(static_cast<int>(parameter(target, "code", 1)));
  if (target.starts_with("/pid")) {
    answer(connection, std::to_string(::getpid()) + " " + std::to_string(::getppid()));
  } else if (target.starts_with("/body") || target.starts_with("/last")) {
    answer(connection, std::string(static_cast<std::size_t>(parameter(target, "bytes", 0)), 'x'));
    if (target.starts_with("/last")) ::_exit(static_cast<int>(parameter(target, "code", 0)));
  } else if (target.starts_with("/echo")) {
    answer(connection, body);
  } else {
    answer(connection, "hello\n");
  }
  if (target.starts_with("/stop")) ::raise(SIGSTOP);
  return !connection.close;
}

// Before the request has any effect: what is not in the journal was not done.
void write_down(std::string target) {
  if (journal < 0) return;
  target += '\n';
  if (::write(journal, target.data(), target.size()) < 0) ::_exit(97);
}

// As many whole requests as the input holds; none while a late answer is due.
bool serve_input(Connection& connection) {
  while (connection.due == 0) {
    const std::size_t end = connection.input.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const std::string head = connection.input.substr(0, end + 2);
    std::size_t length = 0;
    const char* field = ::strcasestr(head.c_str(), "\r\ncontent-length:");
    if (field != nullptr) length = static_cast<std::size_t>(::atol(field + 17));
    if (connection.input.size() < end + 4 + length) return true;
    connection.close = ::strcasestr(head.c_str(), "\r\nconnection: close") != nullptr;
    const std::string body = connection.input.substr(end + 4, length);
    connection.input.erase(0, end + 4 + length);
    const std::size_t space = head.find(' ');
    const std::string target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    write_down(target);
    if (!handle(connection, target, body)) return false;
  }
  return true;
}

bool read_input(Connection& connection) {
  char buffer[65536];
  const ssize_t size = ::recv(connection.fd, buffer, sizeof buffer, 0);
  if (size <= 0) return size < 0 && errno == EINTR;
  connection.input.append(buffer, static_cast<std::size_t>(size));
  return serve_input(connection);
}

bool answer_late(Connection& connection) {
  if (connection.due == 0 || now_ms() < connection.due) return true;
  connection.due = 0;
  connection.idle_since = now_ms();
  answer(connection, "late\n");
  return !connection.close && serve_input(connection);
}

int open_listener(const ServerOptions& options) {
  int fd = -1;
  if (!options.unix_path.empty()) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ::strncpy(address.sun_path, options.unix_path.c_str(), sizeof address.sun_path - 1);
    ::unlink(options.unix_path.c_str());
    fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  } else {
    const char* given = ::getenv("PORT");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    address.sin_port = ::htons(static_cast<unsigned short>(options.port != 0 ? options.port : ::atoi(given != nullptr ? given : "3000")));
    fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  }
  return ::listen(fd, options.backlog) == 0 ? fd : -1;
}

// When something is to be done about it without the client; 0: never.
long deadline(const Connection& connection, int idle_close_ms) {
  if (connection.due != 0) return connection.due;
  return idle_close_ms > 0 ? connection.idle_since + idle_close_ms : 0;
}

int poll_timeout(const std::list<Connection>& connections, int idle_close_ms) {
  long next = -1;
  for (const Connection& connection : connections) {
    const long due = deadline(connection, idle_close_ms);
    if (due == 0) continue;
    const long wait = due > now_ms() ? due - now_ms() : 0;
    if (next < 0 || wait < next) next = wait;
  }
  return static_cast<int>(next);
}

bool idle_for_too_long(const Connection& connection, int idle_close_ms) {
  return connection.due == 0 && idle_close_ms > 0 && now_ms() >= connection.idle_since + idle_close_ms;
}

}  // namespace

int serve(const ServerOptions& options) {
  if (options.listen_delay_ms > 0) ::poll(nullptr, 0, options.listen_delay_ms);
  const int listener = options.listen ? open_listener(options) : -1;
  if (options.listen && listener < 0) {
    ::perror("tiny_child: listen");
    return 98;
  }
  if (!options.journal.empty()) journal = ::open(options.journal.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  ::puts(options.listen ? "listening" : "not listening");
  ::fflush(stdout);

  std::list<Connection> connections;
  std::vector<pollfd> entries;
  for (;;) {
    entries.assign(1, {listener, POLLIN, 0});
    for (const Connection& connection : connections) entries.push_back({connection.fd, POLLIN, 0});
    if (::poll(entries.data(), entries.size(), poll_timeout(connections, options.idle_close_ms)) < 0) continue;
    std::size_t index = 1;
    for (auto connection = connections.begin(); connection != connections.end(); ++index) {
      if (entries[index].revents != 0) connection->idle_since = now_ms();
      bool keep = (entries[index].revents == 0 || read_input(*connection)) && answer_late(*connection);
      keep = keep && !idle_for_too_long(*connection, options.idle_close_ms);
      if (!keep) ::close(connection->fd);
      connection = keep ? std::next(connection) : connections.erase(connection);
    }
    if ((entries[0].revents & POLLIN) == 0) continue;
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections.push_back({fd, {}, 0, now_ms(), false});
  }
}

}  // namespace tiny
