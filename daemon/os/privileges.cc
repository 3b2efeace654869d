#include "os/privileges.h"

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>

#include <fmt/format.h>

namespace lastcall::os {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::optional<unsigned> as_number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // 0xffffffff means "leave as it is" to setresuid.
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value == ~0U) return std::nullopt;
  return value;
}

std::optional<User> user_entry(std::string_view name, std::optional<unsigned> number) {
  const File file(std::fopen("/etc/passwd", "re"));
  if (!file) return std::nullopt;
  while (const passwd* entry = ::fgetpwent(file.get())) {
    if (number ? entry->pw_uid != *number : name != entry->pw_name) continue;
    return User{{entry->pw_uid, entry->pw_gid, {}}, entry->pw_name, entry->pw_dir};
  }
  return std::nullopt;
}

std::vector<gid_t> groups_of(const std::string& name, gid_t primary) {
  std::vector<gid_t> groups{primary};
  const File file(std::fopen("/etc/group", "re"));
  if (!file || name.empty()) return groups;
  while (const group* entry = ::fgetgrent(file.get()))
    for (char** member = entry->gr_mem; *member != nullptr; ++member)
      if (name == *member && std::ranges::count(groups, entry->gr_gid) == 0) groups.push_back(entry->gr_gid);
  return groups;
}

}  // namespace

Result<User> find_user(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const auto number = as_number(name);
  auto user = user_entry(name, number);
  if (!user && !number) return Error{ENOENT, fmt::format("there is no user \"{}\" in /etc/passwd", name)};
  if (!user) user = User{{*number, *number, {}}, "", "/"};
  if (colon != text.npos) user->credentials.gid = TRY(find_group(text.substr(colon + 1)));
  user->credentials.groups = groups_of(user->name, user->credentials.gid);
  return *user;
}

Result<gid_t> find_group(std::string_view text) {
  if (const auto number = as_number(text)) return gid_t{*number};
  if (const File file(std::fopen("/etc/group", "re")); file)
    while (const group* entry = ::fgetgrent(file.get()))
      if (text == entry->gr_name) return gid_t{entry->gr_gid};
  return Error{ENOENT, fmt::format("there is no group \"{}\" in /etc/group", text)};
}

Status become(const Credentials& wanted) {
  const bool same = ::getuid() == wanted.uid && ::geteuid() == wanted.uid && ::getgid() == wanted.gid && ::getegid() == wanted.gid;
  if (same && wanted.uid != 0) return {};
  if (::setgroups(wanted.groups.size(), wanted.groups.data()) != 0) return system_error("setgroups");
  if (::setresgid(wanted.gid, wanted.gid, wanted.gid) != 0) return system_error(fmt::format("become group {}", wanted.gid));
  if (::setresuid(wanted.uid, wanted.uid, wanted.uid) != 0) return system_error(fmt::format("become user {}", wanted.uid));
  if (wanted.uid != 0 && ::setresuid(0, 0, 0) == 0) panic("root came back after it was given up");
  return {};
}

Status set_no_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("PR_SET_NO_NEW_PRIVS");
  return {};
}

}  // namespace lastcall::os
