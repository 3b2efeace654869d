#include "os/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace lastcall::os {
namespace {

// Of a connection to the child. Left alone the kernel lets it grow to megabytes, which a client that stops reading pins (G201); down to 64 KiB
// costs no throughput on loopback that could be measured.
constexpr int kReceiveBuffer = 256 * 1024;

void set_option(int fd, int level, int name, int value) {
  // Tuning only: a socket family or kernel without the option works all the same.
  (void)setsockopt(fd, level, name, &value, sizeof value);
}

Result<UniqueFd> make_socket(int family) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return system_error("socket");
  return fd;
}

bool has_path(const Address& address) {
  return address.is_unix() && !address.unix_path().empty() && address.unix_path()[0] != '@';
}

// A path that a killed predecessor left behind refuses connections; one that is served accepts them, or has a full backlog.
bool is_stale(const Address& address) {
  struct stat entry{};
  if (::lstat(address.unix_path().c_str(), &entry) != 0 || !S_ISSOCK(entry.st_mode)) return false;
  UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return probe && ::connect(probe.get(), address.data(), address.size()) != 0 && errno == ECONNREFUSED;
}

Result<UniqueFd> bind_and_listen(const Address& address, const ListenOptions& options) {
  UniqueFd fd = TRY(make_socket(address.family()));
  if (!address.is_unix()) {
    // Explicit, because /proc/sys/net/ipv6/bindv6only may say otherwise (G19). REUSEPORT stays off: G18.
    if (address.family() == AF_INET6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    tune_connection(fd.get(), address.family());
  } else if (has_path(address) && is_stale(address)) {
    ::unlink(address.unix_path().c_str());
  }
  if (::bind(fd.get(), address.data(), address.size()) != 0) return system_error("cannot listen on " + address.to_string());
  if (has_path(address) && ::chmod(address.unix_path().c_str(), options.unix_mode) != 0)
    return system_error("chmod " + address.unix_path());
  if (::listen(fd.get(), options.backlog) != 0) return system_error("cannot listen on " + address.to_string());
  return fd;
}

bool is_any_v6(const Address& address) {
  return address.family() == AF_INET6 &&
         IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr);
}

Address any_v4(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  return Address::from(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

using NameFunction = int (*)(int, sockaddr*, socklen_t*);
Result<Address> name_of(int fd, NameFunction function, const char* what) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (function(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) return system_error(what);
  return Address::from(reinterpret_cast<const sockaddr*>(&name), size);
}

AcceptResult::Outcome classify(int code) {
  using enum AcceptResult::Outcome;
  switch (code) {
    case EAGAIN: return empty;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return no_descriptors;
    // accept(2), "Error handling": errors already pending on the new connection, and EPERM from a firewall (G16).
    case ECONNABORTED:
    case EINTR:
    case ENETDOWN:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case EPERM: return transient;
    default: return failed;
  }
}

}  // namespace

Result<UniqueFd> listen_on(const Address& address, const ListenOptions& options) {
  auto made = bind_and_listen(address, options);
  if (made.ok() || !is_any_v6(address)) return made;
  const int code = made.error().code;
  if (code != EAFNOSUPPORT && code != EADDRNOTAVAIL) return made;
  return bind_and_listen(any_v4(address.port()), options);
}

Result<Address> local_address(int fd) { return name_of(fd, ::getsockname, "getsockname"); }
Result<Address> peer_address(int fd) { return name_of(fd, ::getpeername, "getpeername"); }

Result<UniqueFd> connect_to(const Address& address) {
  UniqueFd fd = TRY(make_socket(address.family()));
  if (!address.is_unix()) {
    set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);  // before connect(): the window's scale is agreed on there
  }
  if (::connect(fd.get(), address.data(), address.size()) != 0 && errno != EINPROGRESS)
    return system_error("cannot connect to " + address.to_string());
  return fd;
}

int connect_error(int fd) {
  int code = 0;
  socklen_t size = sizeof code;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0) return errno;
  return code;
}

bool is_readable(int fd) {
  pollfd asked{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&asked, 1, 0) == 1 && (asked.revents & POLLIN) != 0;
}

AcceptResult accept_connection(int listener) {
  AcceptResult result;
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  result.socket.reset(::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!result.socket) {
    result.error = errno;
    result.outcome = classify(result.error);
    return result;
  }
  result.outcome = AcceptResult::Outcome::accepted;
  result.peer = Address::from(reinterpret_cast<const sockaddr*>(&peer), size);
  return result;
}

void tune_connection(int fd, int family) {
  if (family != AF_INET && family != AF_INET6) return;
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 128 * 1024);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
  // An idle peer that vanished without a word is noticed after about 70 s: the first probe goes out at 60 s, and at the second
  // TCP_USER_TIMEOUT, which overrides KEEPCNT (tcp(7)), has long passed.
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 9);
}

void set_reset_on_close(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

Result<std::pair<UniqueFd, UniqueFd>> seqpacket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return system_error("socketpair");
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Result<PeerCredentials> peer_credentials(int fd) {
  ucred found{};
  socklen_t size = sizeof found;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &found, &size) != 0) return system_error("SO_PEERCRED");
  return PeerCredentials{found.pid, found.uid, found.gid};
}

Status set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return system_error("O_NONBLOCK");
  return {};
}

}  // namespace lastcall::os
