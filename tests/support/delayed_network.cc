#include "support/delayed_network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

namespace lastcall::test {
namespace {

constexpr const char* kNamespaceFile = "/proc/thread-self/ns/net";
constexpr int kQueueLength = 20'000;  // packets: a burst must not be dropped, only delayed

Fd open_namespace() { return Fd(check(::open(kNamespaceFile, O_RDONLY | O_CLOEXEC), kNamespaceFile)); }

void set_address(int socket, ifreq& request, unsigned long call, const char* text, const char* what) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, text, &address.sin_addr);
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  check(::ioctl(socket, call, &request), what);
}

void bring_up(int socket, ifreq& request) {
  check(::ioctl(socket, SIOCGIFFLAGS, &request), "SIOCGIFFLAGS");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP | IFF_RUNNING);
  check(::ioctl(socket, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
}

// In the current namespace: loopback up, and a TUN device with this address.
Fd make_side(const char* address) {
  const Fd socket(check(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket"));
  ifreq loopback{};
  std::strcpy(loopback.ifr_name, "lo");
  bring_up(socket.get(), loopback);

  Fd device(check(::open("/dev/net/tun", O_RDWR | O_CLOEXEC), "/dev/net/tun"));
  ifreq request{};
  std::strcpy(request.ifr_name, "line");
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  check(::ioctl(device.get(), TUNSETIFF, &request), "TUNSETIFF");
  set_address(socket.get(), request, SIOCSIFADDR, address, "SIOCSIFADDR");
  set_address(socket.get(), request, SIOCSIFNETMASK, "255.255.255.0", "SIOCSIFNETMASK");
  request.ifr_qlen = kQueueLength;
  check(::ioctl(socket.get(), SIOCSIFTXQLEN, &request), "SIOCSIFTXQLEN");
  bring_up(socket.get(), request);
  return device;
}

}  // namespace

std::string DelayedNetwork::unavailable() {
  if (!is_root()) return "network namespaces need root";
  if (!Fd(::open("/dev/net/tun", O_RDWR | O_CLOEXEC))) return "/dev/net/tun can't be opened";
  const Fd own = open_namespace();
  if (::unshare(CLONE_NEWNET) != 0) return "network namespaces are not allowed here";
  check(::setns(own.get(), CLONE_NEWNET), "setns");
  return "";
}

DelayedNetwork::DelayedNetwork(const std::string& delay_line_program, Milliseconds one_way) : own_namespace_(open_namespace()) {
  check(::unshare(CLONE_NEWNET), "unshare");
  server_namespace_ = open_namespace();
  const Fd server_device = make_side(kServerAddress);
  check(::unshare(CLONE_NEWNET), "unshare");
  client_namespace_ = open_namespace();
  const Fd client_device = make_side("10.213.0.2");
  check(::setns(own_namespace_.get(), CLONE_NEWNET), "setns");

  const auto delay = std::chrono::duration_cast<std::chrono::microseconds>(one_way).count();
  SpawnOptions spawn{.argv = {delay_line_program, "10", "11", std::to_string(delay)}};
  spawn.descriptors = {{server_device.get(), 10}, {client_device.get(), 11}};
  line_ = std::make_unique<Process>(spawn);
  if (!line_->wait_line("holding packets")) fail("delay_line did not start");
}

std::function<void()> DelayedNetwork::enter_server_side() const {
  return [fd = server_namespace_.get()] {
    if (::setns(fd, CLONE_NEWNET) != 0) ::_exit(111);
  };
}

void DelayedNetwork::on_client_side(const std::function<void()>& action) const {
  check(::setns(client_namespace_.get(), CLONE_NEWNET), "setns");
  action();
  check(::setns(own_namespace_.get(), CLONE_NEWNET), "setns");
}

}  // namespace lastcall::test
