#include "os/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace lastcall::os {
namespace {

// In the kernel's order; the index is the number.
constexpr std::array<std::string_view, 41> kNames{
    "chown",           "dac_override",  "dac_read_search", "fowner",       "fsetid",    "kill",           "setgid",
    "setuid",          "setpcap",       "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
    "ipc_lock",        "ipc_owner",     "sys_module",      "sys_rawio",    "sys_chroot", "sys_ptrace",    "sys_pacct",
    "sys_admin",       "sys_boot",      "sys_nice",        "sys_resource", "sys_time",  "sys_tty_config", "mknod",
    "lease",           "audit_write",   "audit_control",   "setfcap",      "mac_override", "mac_admin",   "syslog",
    "wake_alarm",      "block_suspend", "audit_read",      "perfmon",      "bpf",       "checkpoint_restore"};

constexpr int kMost = 64;  // version 3 of the interface has room for these

}  // namespace

std::optional<int> parse_capability(std::string_view text) {
  std::string name;
  for (const char c : text) name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (name.starts_with("cap_")) name.erase(0, 4);
  for (std::size_t number = 0; number < kNames.size(); ++number)
    if (name == kNames[number]) return static_cast<int>(number);
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || number < 0 || number >= kMost) return std::nullopt;
  return number;
}

std::string capability_name(int number) {
  const auto index = static_cast<std::size_t>(number);
  return index < kNames.size() ? std::string(kNames[index]) : std::to_string(number);
}

int limit_bounding_set(CapabilitySet keep) {
  for (int number = 0; number < kMost; ++number) {
    const int held = ::prctl(PR_CAPBSET_READ, number, 0, 0, 0);
    if (held < 0) return 0;  // EINVAL: the kernel knows no more
    if (held == 1 && (keep >> number & 1) == 0 && ::prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0) return errno;
  }
  return 0;
}

int set_capabilities(CapabilitySet keep) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2];
  for (unsigned half = 0; half < 2; ++half) {
    const auto bits = static_cast<__u32>(keep >> (32 * half));
    sets[half] = {.effective = bits, .permitted = bits, .inheritable = bits};
  }
  if (::syscall(SYS_capset, &header, sets) != 0) return errno;
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return errno;
  for (int number = 0; number < kMost; ++number)
    if ((keep >> number & 1) != 0 && ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) != 0) return errno;
  return 0;
}

int keep_over_user_change() { return ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 ? errno : 0; }

}  // namespace lastcall::os
