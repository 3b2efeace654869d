#include "os/tcp_info.h"

#include <linux/tcp.h>  // glibc's tcp_info ends before the byte counts
#include <netinet/in.h>
#include <sys/socket.h>

namespace lastcall::os {

std::uint64_t bytes_acknowledged(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_acked;
}

Duration round_trip(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return Duration::zero();
  return microseconds(info.tcpi_rtt);
}

}  // namespace lastcall::os
