#include "os/pidfd.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "os/signal_name.h"

namespace lastcall::os {

// Raw system calls: Debian 12's C library declares the wrappers, but older ones that somebody builds with do not.
Result<UniqueFd> open_pidfd(int pid) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));  // always CLOEXEC
  if (!fd) return system_error(fmt::format("pidfd of process {}", pid));
  return fd;
}

Status send_signal(int pidfd, int signal, std::optional<std::uint64_t> payload) {
  siginfo_t info;
  std::memset(&info, 0, sizeof info);
  if (payload) {
    // As sigqueue() would fill it; the kernel refuses any si_code >= 0 from user space.
    info.si_signo = signal;
    info.si_code = SI_QUEUE;
    info.si_pid = ::getpid();
    info.si_uid = ::getuid();
    info.si_value.sival_ptr = reinterpret_cast<void*>(*payload);
  }
  if (::syscall(SYS_pidfd_send_signal, pidfd, signal, payload ? &info : nullptr, 0) != 0)
    return system_error("send " + signal_name(signal));
  return {};
}

Status send_signal_to_pid(int pid, int signal) {
  if (pid <= 0) panic("a signal to no process in particular");
  if (::kill(pid, signal) != 0) return system_error(fmt::format("send {} to process {}", signal_name(signal), pid));
  return {};
}

Status send_signal_to_group(int group, int signal) {
  if (group <= 1) panic("a signal to every process");  // kill(-1) means all
  if (::kill(-group, signal) != 0) return system_error(fmt::format("send {} to process group {}", signal_name(signal), group));
  return {};
}

}  // namespace lastcall::os
