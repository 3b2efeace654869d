#include "rehearsal/run_plan.h"

#include <unistd.h>

#include <algorithm>

#include "config/child_environment.h"
#include "config/placeholders.h"
#include "os/privileges.h"

namespace lastcall::rehearsal {
namespace {

using config::Placeholder;

// A wildcard is where one listens; one connects to the loopback behind it.
Address where_to_connect(const Address& listen) {
  if (listen.is_unix() || (listen.host() != "::" && listen.host() != "0.0.0.0")) return listen;
  return Address::loopback(listen.port());
}

RunPlan base_plan(const RehearseOptions& options) {
  RunPlan plan;
  plan.signal = options.platform.stop_signal;
  plan.signal_everybody = options.platform.name == "heroku";
  return plan;
}

// Where the command would listen behind lastcall (supervisor/child_endpoint), told to it in the same way.
Status give_place(const config::Settings& settings, RunPlan& plan) {
  std::vector<std::string>& variables = plan.settings.child.env.set;
  config::PlaceholderValues values{.port = "", .host = "127.0.0.1", .socket = "", .instance = "0"};
  const bool by_socket = !settings.upstream && config::uses(settings.command, Placeholder::socket);
  if (settings.upstream) {
    plan.server = settings.upstream;
  } else if (!by_socket || config::uses(settings.command, Placeholder::port)) {
    plan.port = TRY(os::assign_port());
    plan.server = Address::loopback(plan.port->port);
  }
  if (plan.server && !plan.server->is_unix()) {
    values.port = std::to_string(plan.server->port());
    config::set_variable(variables, "PORT=" + values.port);
    config::set_variable(variables, "HOST=" + plan.server->host());
  }
  if (by_socket) {
    plan.directory = TRY(os::RuntimeDirectory::create());
    if (!settings.child.user.empty()) {
      const os::User user = TRY(os::find_user(settings.child.user));
      TRY(plan.directory->give_to(user.credentials.uid, user.credentials.gid));
    }
    values.socket = plan.directory->file("child-0.sock");
    plan.server = TRY(Address::parse("unix:" + values.socket));
  }
  // With a fixed upstream nothing is replaced (decision 12).
  if (!settings.upstream) plan.settings.command = config::substitute(settings.command, values);
  return {};
}

}  // namespace

Result<RunPlan> plan_wrapped_run(const config::Settings& settings, const RehearseOptions& options) {
  RunPlan plan = base_plan(options);
  plan.settings = settings;
  plan.settings.log_format = LogFormat::json;
  plan.settings.log_level = LogLevel::info;
  plan.settings.terminal = config::TerminalMode::automatic;
  plan.settings.output = config::OutputMode::pass;  // we are its reader, and want its own words
  plan.settings.control.admin.reset();              // may be taken by the service that runs
  plan.settings.report.clear();                     // that of a real stop is not to be replaced
  if (!options.run_hooks) plan.settings.hooks.clear();  // they may tell a load balancer, or people
  if (settings.control.socket != "off") plan.settings.control.socket = "auto";
  // Where we are decides nothing any more: the platform that is played has been asked.
  plan.settings.grace.lame_duck = settings.grace.lame_duck.value_or(Duration::zero());
  if (settings.no_proxy) return plan;
  if (!options.wait) {  // beside the service that may run on its own port
    plan.port = TRY(os::assign_port());
    plan.settings.listen = {Address::loopback(plan.port->port)};
    plan.settings.forward.proxy_accept = config::ProxyAccept::off;  // our clients are no load balancer
  }
  plan.server = where_to_connect(plan.settings.listen.front());
  return plan;
}

Result<RunPlan> plan_bare_run(const config::Settings& settings, const RehearseOptions& options, Duration grace) {
  RunPlan plan = base_plan(options);
  plan.wrapped = false;
  plan.signal_everybody = false;  // it signals the command at once anyway
  plan.settings.command = settings.command;
  plan.settings.child = settings.child;
  plan.settings.no_proxy = true;
  plan.settings.log_format = LogFormat::json;
  plan.settings.grace.grace = grace;
  plan.settings.stop_signal = options.platform.stop_signal;
  plan.settings.ready.timeout = settings.ready.timeout;
  plan.ready_http = settings.ready.http;
  TRY(give_place(settings, plan));
  return plan;
}

}  // namespace lastcall::rehearsal
