#include "supervisor/worker_plan.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/log.h"
#include "config/print_config.h"

namespace lastcall::supervisor {
namespace {

constexpr unsigned kNobody = 65534;  // the kernel's overflow uid, "nobody" everywhere

}  // namespace

UniqueFd open_own_executable() {
  UniqueFd fd(::open("/proc/self/exe", O_PATH | O_CLOEXEC));
  // Without /proc (P97): the path that the kernel was given for this process.
  if (const auto path = ::getauxval(AT_EXECFN); !fd && path != 0) fd.reset(::open(reinterpret_cast<const char*>(path), O_PATH | O_CLOEXEC));
  return fd;
}

std::optional<os::Credentials> worker_credentials(const config::Settings& settings) {
  if (::geteuid() != 0) return std::nullopt;
  const auto user = os::find_user(settings.worker_user);
  if (user) return user.value().credentials.uid == 0 ? std::nullopt : std::optional(user.value().credentials);
  if (settings.worker_user != config::Settings().worker_user) log_warn("worker_user_unknown")("why", user.error().message);
  return os::Credentials{.uid = kNobody, .gid = kNobody, .groups = {}};
}

Result<WorkerPlan> make_worker_plan(const config::Settings& settings, const Listeners& listeners, UniqueFd executable,
                                    UniqueFd access_log) {
  WorkerPlan plan;
  if (settings.no_proxy) return plan;
  if (!executable) return Error{0, "cannot find our own executable: neither /proc/self/exe nor the path of the exec leads to it"};
  plan.executable = std::move(executable);
  config::Settings for_worker = settings;
  for_worker.child = {};  // variables may hold secrets, and a worker is where a stranger's bytes are read
  plan.settings = TRY(os::sealed_text("lastcall-settings", config::print_config(for_worker)));
  plan.listeners = listeners.descriptors();
  plan.access_log = std::move(access_log);
  plan.credentials = worker_credentials(settings);
  return plan;
}

}  // namespace lastcall::supervisor
