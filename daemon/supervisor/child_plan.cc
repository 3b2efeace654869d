#include "supervisor/child_plan.h"

#include <unistd.h>

#include <algorithm>

namespace lastcall::supervisor {
namespace {

// Whom it runs as; nothing: as we do. `groups` replaces what /etc/group says (decision 14).
Result<std::optional<os::User>> find_child_user(const config::ChildSettings& wanted) {
  std::optional<os::User> user;
  if (!wanted.user.empty()) user = TRY(os::find_user(wanted.user));
  if (wanted.groups.empty()) return user;
  if (::geteuid() != 0) return Error{EPERM, "only root can give the command supplementary groups: leave groups out"};
  if (!user) user = TRY(os::find_user(std::to_string(::getuid()) + ":" + std::to_string(::getgid())));
  user->credentials.groups.clear();
  for (const std::string& name : wanted.groups) user->credentials.groups.push_back(TRY(os::find_group(name)));
  return user;
}

// Another user's home and name: what was inherited is ours (P60). What the user of lastcall wrote wins.
void become_at_home(config::Environment& environment, const os::User& user) {
  config::set_variable(environment, "HOME=" + user.home);
  for (const std::string name : {"USER=", "LOGNAME="}) {
    if (user.name.empty())
      std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(name); });
    else
      config::set_variable(environment, name + user.name);
  }
}

// Where systemd's variables name us, they shall name the child (P57).
std::vector<std::string> own_pid_variables(const config::Environment& environment) {
  std::vector<std::string> names;
  for (const std::string_view name : {"LISTEN_PID", "WATCHDOG_PID"})
    if (config::variable(environment, name) == std::to_string(::getpid())) names.emplace_back(name);
  return names;
}

// sd_listen_fds(3): the sockets are 3 and those that follow. Who names one of them gets it all the same.
Result<std::vector<int>> descriptors(const config::ChildSettings& wanted, const os::InheritedState& inherited, int sockets_for_us) {
  if (!wanted.descriptors) {
    std::vector<int> all = inherited.open_descriptors;
    std::erase_if(all, [&](int fd) { return fd - 3 < sockets_for_us; });
    return all;
  }
  for (const int fd : *wanted.descriptors)
    if (std::ranges::count(inherited.open_descriptors, fd) == 0)
      return Error{EBADF, "descriptor " + std::to_string(fd) + " was to be passed, but lastcall was not given it"};
  return *wanted.descriptors;
}

}  // namespace

Result<ChildPlan> make_child_plan(const config::Settings& settings, const config::ChildEnvironment& environment,
                                  const os::InheritedState& inherited) {
  const config::ChildSettings& wanted = settings.child;
  ChildPlan plan;
  plan.environment = environment.inherited;
  const std::optional<os::User> user = TRY(find_child_user(wanted));
  if (user && !wanted.user.empty()) become_at_home(plan.environment, *user);
  for (const std::string& entry : environment.written) config::set_variable(plan.environment, entry);

  os::SpawnRequest& request = plan.request;
  request.restore = &inherited;
  request.keep = TRY(descriptors(wanted, inherited, environment.sockets_for_us));
  request.own_pid_variables = own_pid_variables(plan.environment);
  request.group = os::SpawnRequest::Group::own;
  request.foreground = settings.no_proxy || settings.terminal == config::TerminalMode::child;
  request.dir = wanted.dir;
  if (user) request.credentials = user->credentials;
  for (const config::ResourceLimit& limit : wanted.limits) request.limits.push_back({limit.resource, limit.soft, limit.hard});
  request.nice = wanted.nice;
  request.oom_score_adj = wanted.oom_score_adj;
  if (wanted.umask) request.umask = *wanted.umask;
  request.capabilities = wanted.capabilities;
  request.no_new_privileges = wanted.no_new_privs;
  request.parent_death_signal = wanted.parent_death_signal;
  return plan;
}

}  // namespace lastcall::supervisor
