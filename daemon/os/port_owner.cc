#include "os/port_owner.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <unordered_set>

#include "os/process_tree.h"

namespace lastcall::os {
namespace {

using Inode = unsigned long;

struct Listener {
  Address address;
  Inode inode;
};

Address make_address(const unsigned (&words)[4], bool v6, unsigned port) {
  if (v6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&address.sin6_addr, words, sizeof address.sin6_addr);
    return Address::from(reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = words[0];
  return Address::from(reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

// proc(5): the address is printed as 32-bit words in host order of what stands in memory in network order.
void read_table(const char* path, bool v6, std::vector<Listener>& found) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return;
  char line[512];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    unsigned words[4] = {};
    unsigned port = 0, state = 0;
    Inode inode = 0;
    const char* format = v6 ? " %*d: %8x%8x%8x%8x:%x %*[^ ] %x %*s %*s %*s %*d %*d %lu" : " %*d: %8x:%x %*[^ ] %x %*s %*s %*s %*d %*d %lu";
    const int fields = v6 ? std::sscanf(line, format, &words[0], &words[1], &words[2], &words[3], &port, &state, &inode)
                          : std::sscanf(line, format, &words[0], &port, &state, &inode);
    constexpr unsigned kListen = 0x0A;
    if (fields == (v6 ? 7 : 4) && state == kListen) found.push_back({make_address(words, v6, port), inode});
  }
  std::fclose(file);
}

std::vector<Listener> all_listeners() {
  std::vector<Listener> found;
  read_table("/proc/net/tcp", false, found);
  read_table("/proc/net/tcp6", true, found);
  return found;
}

std::unordered_set<Inode> sockets_of(int pid) {
  std::unordered_set<Inode> inodes;
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return inodes;  // gone, or another user's
  while (const dirent* entry = ::readdir(directory)) {
    char target[64];
    const ssize_t size = ::readlinkat(::dirfd(directory), entry->d_name, target, sizeof target - 1);
    if (size <= 0) continue;
    target[size] = '\0';
    Inode inode = 0;
    if (std::sscanf(target, "socket:[%lu]", &inode) == 1) inodes.insert(inode);
  }
  ::closedir(directory);
  return inodes;
}

}  // namespace

std::optional<PortOwner> who_listens_on(std::uint16_t port) {
  std::unordered_set<Inode> wanted;
  for (const Listener& listener : all_listeners())
    if (listener.address.port() == port) wanted.insert(listener.inode);
  if (wanted.empty()) return std::nullopt;
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) return std::nullopt;
  std::optional<PortOwner> owner;
  while (const dirent* entry = ::readdir(directory)) {
    int pid = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (owner || std::from_chars(entry->d_name, end, pid).ptr != end || pid == 0) continue;
    if (!std::ranges::any_of(sockets_of(pid), [&](Inode inode) { return wanted.contains(inode); })) continue;
    const auto process = read_process(pid);
    owner = PortOwner{pid, process ? process->name : ""};
  }
  ::closedir(directory);
  return owner;
}

std::vector<Address> listening_of(std::span<const int> pids) {
  std::unordered_set<Inode> theirs;
  for (const int pid : pids) theirs.merge(sockets_of(pid));
  std::vector<Address> addresses;
  if (theirs.empty()) return addresses;
  for (const Listener& listener : all_listeners())
    if (theirs.contains(listener.inode) && std::ranges::count(addresses, listener.address) == 0) addresses.push_back(listener.address);
  std::ranges::stable_sort(addresses, {}, &Address::port);
  return addresses;
}

}  // namespace lastcall::os
