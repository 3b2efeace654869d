#include "app/supervise.h"

#include <unistd.h>

#include "app/service_control.h"
#include "app/manager_link.h"
#include "app/stop_display.h"
#include "base/duration_text.h"
#include "base/log.h"
#include "config/environment.h"
#include "os/exec_failure.h"
#include "os/line_file.h"
#include "os/reaper.h"
#include "os/replace_file.h"
#include "os/socket.h"
#include "os/terminal.h"
#include "supervisor/child_plan.h"
#include "supervisor/worker_plan.h"

namespace lastcall::app {
namespace {

int failed(const char* event, const Error& error, int exit_code) {
  log_error(event)("why", error.message);
  return exit_code;
}

int failed(const char* event, const Error& error, core::ExitCode code) { return failed(event, error, static_cast<int>(code)); }

std::vector<UniqueFd> take_descriptors(const os::InheritedState& inherited) {
  std::vector<UniqueFd> taken;
  for (const int fd : inherited.open_descriptors) taken.emplace_back(fd);
  return taken;
}

Result<UniqueFd> open_access_log(const config::Settings& settings) {
  if (settings.access_log == config::AccessLogFormat::off) return UniqueFd();
  return os::open_line_file(settings.access_log_file);
}

// Empty: standard error.
Result<UniqueFd> open_log_file(const config::Settings& settings) {
  if (settings.log_file == "-") return UniqueFd();
  return os::open_line_file(settings.log_file);
}

void say_hello(const config::Settings& settings) {
  log_info("starting")("version", LASTCALL_VERSION)("grace", format_duration(settings.grace.grace))("grace_from", settings.grace_source);
  if (!settings.grace_advice) return;
  LogLine line(settings.grace_advice->certain ? LogLevel::warn : LogLevel::info, "grace_beyond_platform");
  line("grace", format_duration(settings.grace.grace))("hint", settings.grace_advice->text);
}

// The child's {socket} and everything else works without it: a place that can't be had is a mistake only where the user chose it.
Result<std::optional<control::ControlSocket>> open_control_socket(const config::Settings& settings, supervisor::ChildPlan& child) {
  using Socket = std::optional<control::ControlSocket>;
  if (settings.control.socket == "off") return Socket();
  auto opened = control::ControlSocket::open(settings.control.socket, child.request.credentials);
  if (!opened && settings.control.socket != "auto")
    return supervisor::Listeners::explain(TRY(Address::parse("unix:" + settings.control.socket)), std::move(opened).error(), "--control");
  if (!opened) {
    log_warn("no_control_socket")("why", opened.error().message);
    return Socket();
  }
  config::set_variable(child.environment, "LASTCALL_SOCKET=" + opened.value().name());
  return Socket(std::move(opened).value());
}

control::ReadyzPolicy readyz_policy(const config::ControlSettings& settings) {
  using Readiness = config::LameDuckReadiness;
  const bool by_platform = settings.lame_duck == Readiness::by_platform && settings.platform_keeps_ready;
  return {.ready_while_lame = by_platform || settings.lame_duck == Readiness::ready, .failing = static_cast<std::uint16_t>(settings.failing_code)};
}

// Who reaches a Unix socket is let in by its directory, and browsers can't.
control::AdminPolicy admin_policy(const config::ControlSettings& settings) {
  return {.readyz = readyz_policy(settings), .names = settings.admin->is_unix() ? std::vector<std::string>{"*"} : settings.admin_host};
}

// As the hooks would be run, so that a mistake is told now and not at the end.
Status check_hooks(const config::Settings& settings, const supervisor::ChildPlan& child) {
  for (const config::HookSettings& each : settings.hooks) {
    if (each.http) continue;
    if (const Status found = os::find_executable(each.run.front(), child.environment, child.request.dir); !found)
      return Error{found.error().code, "hook " + each.hook.name + ": " + found.error().message};
  }
  return {};
}

// Who has to know that something happened.
class Observers final : public supervisor::ServiceObserver {
 public:
  Observers(StopDisplay& display, ServiceControl& facts, control::ControlPlane& plane, ManagerLink& manager)
      : display_(display), facts_(facts), plane_(plane), manager_(manager) {}

 private:
  void on_record_changed() override { display_.on_record_changed(); }
  void on_window_resized() override { display_.on_window_resized(); }
  void on_suspending() override { display_.on_suspending(); }
  void on_resumed() override { display_.on_resumed(); }
  void on_state_changed() override {
    facts_.on_changed();
    plane_.on_changed();
    manager_.on_changed();
  }

  StopDisplay& display_;
  ServiceControl& facts_;
  control::ControlPlane& plane_;
  ManagerLink& manager_;
};

}  // namespace

int supervise(const CommandLine& command_line, ProcessStart start) {
  const config::Settings& settings = command_line.settings;
  const Screen screen = Screen::look(settings);
  const auto log_file = open_log_file(settings);
  start_log(settings, screen, log_file && log_file.value() ? log_file.value().get() : STDERR_FILENO);
  if (!log_file) return failed("log_file_failed", log_file.error(), core::ExitCode::configuration);
  say_hello(settings);
  if (!settings.report.empty())
    if (const Status possible = os::can_replace_file(settings.report); !possible) log_warn("report_not_writable")("why", possible.error().message);

  const auto budget = core::GraceBudget::make(settings.grace);
  if (!budget) return failed("grace_does_not_fit", budget.error(), core::ExitCode::configuration);
  // PID 1 adopts orphans anyway; anywhere else they would go to somebody who does not know them (P18). Old kernels: the group is left.
  if (::getpid() != 1)
    if (const Status adopted = os::become_subreaper(); !adopted) log_warn("no_subreaper")("why", adopted.error().message);

  auto child = supervisor::make_child_plan(settings, command_line.child_environment, start.inherited);
  if (!child) return failed("child_not_started", child.error(), core::ExitCode::child_setup);
  if (const Status runnable = check_hooks(settings, child.value()); !runnable) return failed("hook_not_executable", runnable.error(), core::ExitCode::configuration);
  auto listeners = supervisor::Listeners::open(settings.listen);
  if (!listeners) return failed("listen_failed", listeners.error(), supervisor::Listeners::exit_code(listeners.error()));
  auto control = open_control_socket(settings, child.value());
  if (!control) return failed("control_socket_failed", control.error(), supervisor::Listeners::exit_code(control.error()));
  Result<UniqueFd> admin = settings.control.admin ? os::listen_on(*settings.control.admin) : UniqueFd();
  if (!admin) {
    const Error error = supervisor::Listeners::explain(*settings.control.admin, admin.error(), "--admin");
    return failed("listen_failed", error, supervisor::Listeners::exit_code(error));
  }
  auto access_log = open_access_log(settings);
  if (!access_log) return failed("access_log_failed", access_log.error(), core::ExitCode::configuration);
  auto plan = supervisor::make_worker_plan(settings, listeners.value(), std::move(start.executable), std::move(access_log).value());
  if (!plan) return failed("start_failed", plan.error(), core::ExitCode::kernel_refused);
  supervisor::ChildEndpoints endpoints(settings, std::move(child.value().environment), plan.value().credentials,
                                       child.value().request.credentials);

  const os::SavedTerminal terminal(0);
  io::Loop loop;
  StopDisplay display(loop, settings, screen);
  ServiceControl service_control(loop, settings, settings.no_proxy ? "" : listeners.value().describe());
  control::ControlPlane people(loop, service_control, service_control);
  ManagerLink manager(loop, settings);
  Observers observers(display, service_control, people, manager);
  supervisor::Service service(loop,
                              {.settings = settings,
                               .inherited = start.inherited,
                               .budget = budget.value(),
                               .listeners = listeners.value(),
                               .endpoints = std::move(endpoints),
                               .child = std::move(child.value().request),
                               .passed_on = take_descriptors(start.inherited),
                               .workers = std::move(plan).value(),
                               .output = output_options(settings, screen),
                               .started = start.time},
                              observers);
  display.watch(service);
  service_control.watch(service);
  manager.watch(service);
  service.hooks().announce_through([&people](const std::string& json) { return people.call_hook(json); });
  Status open;
  if (control.value()) open = people.open_socket(std::move(*control.value()));
  if (open && admin.value()) open = people.open_admin(std::move(admin).value(), admin_policy(settings.control));
  if (!open) return failed("start_failed", open.error(), core::ExitCode::kernel_refused);
  const int exit_code = service.run();
  display.report();
  return exit_code;
}

}  // namespace lastcall::app
