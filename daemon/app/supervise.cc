#include "app/supervise.h"

#include <unistd.h>

#include "app/stop_display.h"
#include "base/duration_text.h"
#include "base/log.h"
#include "os/reaper.h"
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

void say_hello(const config::Settings& settings) {
  log_info("starting")("version", LASTCALL_VERSION)("grace", format_duration(settings.grace.grace))("grace_from", settings.grace_source);
}

}  // namespace

int supervise(const CommandLine& command_line, ProcessStart start) {
  const config::Settings& settings = command_line.settings;
  const Screen screen = Screen::look(settings);
  start_log(settings, screen);
  say_hello(settings);

  const auto budget = core::GraceBudget::make(settings.grace);
  if (!budget) return failed("grace_does_not_fit", budget.error(), core::ExitCode::configuration);
  // PID 1 adopts orphans anyway; anywhere else they would go to somebody who does not know them (P18). Old kernels: the group is left.
  if (::getpid() != 1)
    if (const Status adopted = os::become_subreaper(); !adopted) log_warn("no_subreaper")("why", adopted.error().message);

  auto child = supervisor::make_child_plan(settings, command_line.child_environment, start.inherited);
  if (!child) return failed("child_not_started", child.error(), core::ExitCode::child_setup);
  auto listeners = supervisor::Listeners::open(settings.listen);
  if (!listeners) return failed("listen_failed", listeners.error(), supervisor::Listeners::exit_code(listeners.error()));
  auto plan = supervisor::make_worker_plan(settings, listeners.value(), std::move(start.executable));
  if (!plan) return failed("start_failed", plan.error(), core::ExitCode::kernel_refused);
  auto endpoint = supervisor::ChildEndpoint::choose(settings, child.value().environment, plan.value().credentials,
                                                    child.value().request.credentials);
  if (!endpoint) return failed("start_failed", endpoint.error(), core::ExitCode::kernel_refused);

  const os::SavedTerminal terminal(0);
  io::Loop loop;
  StopDisplay display(loop, settings, screen);
  supervisor::Service service(loop,
                              {.settings = settings,
                               .inherited = start.inherited,
                               .budget = budget.value(),
                               .listeners = listeners.value(),
                               .endpoint = std::move(endpoint).value(),
                               .child = std::move(child.value().request),
                               .passed_on = take_descriptors(start.inherited),
                               .workers = std::move(plan).value(),
                               .started = start.time},
                              display);
  display.watch(service);
  const int exit_code = service.run();
  display.report();
  return exit_code;
}

}  // namespace lastcall::app
