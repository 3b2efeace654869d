#include "config/option_table.h"

#include <algorithm>
#include <cctype>

#include "config/child_options.h"
#include "config/control_options.h"
#include "config/forward_options.h"
#include "config/hook_options.h"
#include "config/health_options.h"
#include "config/option_fields.h"
#include "config/timeout_options.h"

#include <fmt/format.h>

namespace lastcall::config {
namespace {

using Texts = std::vector<std::string>;

Status add_stream_path(Settings& settings, std::string_view text) {
  std::string path;
  TRY(parse_path(text, path));
  settings.stream_paths.push_back(std::move(path));
  return {};
}

// An argument may be anything, also empty (P59).
Status add_argument(Settings& settings, std::string_view text) {
  settings.command.emplace_back(text);
  return {};
}

// The codes of a list.
template <auto Member>
Status add_exit_code_to(Settings& settings, std::string_view text) {
  std::uint32_t code = 0;
  TRY(parse_exit_code(text, code));
  (settings.restart.*Member).push_back(code);
  return {};
}

// Where the stop has steps, they are all there is.
Texts print_stop_signal(const Settings& settings) {
  return settings.stop_steps.empty() ? Texts{signal_text(settings.stop_signal)} : Texts{};
}

using S = Settings;
using G = core::GraceOptions;
using R = core::RestartOptions;
using F = ForwardSettings;
using C = ChildSettings;
using E = EnvironmentSettings;
using P = ControlSettings;

constexpr std::string_view kProxy = "Proxy";
constexpr std::string_view kForwarding = "Forwarding";
constexpr std::string_view kStopping = "Stopping";
constexpr std::string_view kHooks = "Hooks and report";
constexpr std::string_view kRestart = "Restart";
constexpr std::string_view kProcesses = "Processes and limits";
constexpr std::string_view kChild = "The command's surroundings";
constexpr std::string_view kControl = "Control and observation";
constexpr std::string_view kOutput = "Output and terminal";

// Those of health_options.cc stand between stopping and restarting.
std::vector<Option> with_health(std::vector<Option> options) {
  const auto place = std::ranges::find(options, "restart.policy", &Option::name);
  options.insert(place, health_options().begin(), health_options().end());
  return options;
}

// clang-format off
const std::vector<Option>& table() {
  static const std::vector<Option> options = [] {
  std::vector<Option> all = {
    {.name = "listen", .short_flag = 'l', .type = ValueType::address, .placeholder = "ADDRESS", .group = kProxy, .repeatable = true,
     .default_text = "", .default_note = ":$PORT, or :8080",
     .help = "Where clients connect: [HOST]:PORT with a numeric host, or unix:PATH", .example = ":8080",
     .set = set_field<&S::listen>, .clear = clear_field<&S::listen>, .print = print_field<&S::listen>},
    {.name = "upstream", .type = ValueType::address, .placeholder = "ADDRESS", .group = kProxy,
     .default_text = "", .default_note = "a free port, in PORT of the command's environment",
     .help = "Where the command listens, if it does not take its port from PORT, {port} or {socket}", .example = "127.0.0.1:3000",
     .set = set_field<&S::upstream>, .print = print_field<&S::upstream>},
    {.name = "tcp", .type = ValueType::boolean, .group = kProxy, .default_text = "false",
     .help = "Forward bytes instead of HTTP: any protocol over TCP", .example = "true",
     .set = set_field<&S::tcp>, .print = print_field<&S::tcp>},
    {.name = "no_proxy", .type = ValueType::boolean, .group = kProxy, .default_text = "false",
     .help = "No proxy: only an init process with an ordered stop", .example = "true",
     .set = set_field<&S::no_proxy>, .print = print_field<&S::no_proxy>},
    {.name = "stream_paths", .type = ValueType::path, .placeholder = "PREFIX", .group = kProxy, .repeatable = true,
     .help = "Requests under this path are streams: ended after all others, never waited for", .example = "/events",
     .set = add_stream_path, .clear = clear_field<&S::stream_paths>, .print = print_field<&S::stream_paths>},
    {.name = "max_connections", .type = ValueType::number, .placeholder = "N", .group = kProxy, .default_text = "0",
     .help = "Clients connected at once; 0 means what the descriptor limit allows. Where more come, the longest idle go", .example = "10000",
     .set = set_field<&S::max_connections>, .print = print_field<&S::max_connections>},
    {.name = "max_in_flight", .type = ValueType::number, .placeholder = "N", .group = kProxy, .default_text = "0",
     .help = "Requests that the command, or each of its instances, works on at once, streams not counted; the others wait. 0: no limit", .example = "64",
     .set = set_field<&S::max_in_flight>, .print = print_field<&S::max_in_flight>},
    {.name = "max_waiting", .type = ValueType::number, .placeholder = "N", .group = kProxy, .default_text = "1024",
     .help = "Requests that wait while the command starts again or has enough of them; more are answered 503 at once", .example = "200",
     .set = set_field<&S::max_waiting>, .print = print_field<&S::max_waiting>},
    {.name = "start_wait", .type = ValueType::duration, .placeholder = "TIME", .group = kProxy, .default_text = "5s",
     .help = "For how long a request waits for the command before it is answered 503", .example = "10s",
     .set = set_field<&S::start_wait>, .print = print_field<&S::start_wait>},

    {.name = "trust", .type = ValueType::text, .placeholder = "NETWORK", .group = kForwarding, .repeatable = true,
     .help = "Load balancers whose X-Forwarded-* and Forwarded fields are kept and appended to; all others' are replaced",
     .example = "10.0.0.0/8", .set = add_trusted, .clear = clear_field<&S::forward, &F::trust>, .print = print_trusted},
    {.name = "proxy_protocol.accept", .type = ValueType::choice, .placeholder = "VERSION", .group = kForwarding, .default_text = "off",
     .help = "Every connection of a peer in trust begins with a PROXY header, which says who the client is; without one it is closed",
     .example = "any", .choices = {"off", "v1", "v2", "any"},
     .set = set_field<&S::forward, &F::proxy_accept>, .print = print_field<&S::forward, &F::proxy_accept>},
    {.name = "proxy_protocol.send", .type = ValueType::choice, .placeholder = "VERSION", .group = kForwarding, .default_text = "off",
     .help = "Begin each connection to the command with a PROXY header that names the client; it is then that client's alone",
     .example = "v2", .choices = {"off", "v1", "v2"},
     .set = set_field<&S::forward, &F::proxy_send>, .print = print_field<&S::forward, &F::proxy_send>},
    {.name = "forwarded", .type = ValueType::choice, .placeholder = "STYLE", .group = kForwarding, .default_text = "x-forwarded",
     .help = "How the command is told who asked: X-Forwarded-For, -Proto, -Host and -Port, or Forwarded, or both", .example = "both",
     .choices = {"x-forwarded", "forwarded", "both"}, .set = set_forwarded_style, .print = print_forwarded_style},
    {.name = "request_id", .type = ValueType::text, .placeholder = "FIELD", .group = kForwarding,
     .help = "Name every request in this field: a trusted peer's id is kept, else one is made", .example = "X-Request-Id",
     .set = set_request_id, .print = print_field<&S::forward, &F::request_id>},
    {.name = "via", .type = ValueType::boolean, .group = kForwarding, .default_text = "false",
     .help = "Add Via instead of CDN-Loop, by which loops are seen; some servers, nginx among them, then stop compressing",
     .example = "true", .set = set_field<&S::forward, &F::via>, .print = print_field<&S::forward, &F::via>},
    {.name = "upgrades", .type = ValueType::text, .placeholder = "PROTOCOL", .group = kForwarding, .repeatable = true,
     .default_text = "websocket", .help = "Protocols that a client may upgrade to; none for none at all", .example = "websocket",
     .set = add_upgrade, .clear = clear_upgrades, .print = print_upgrades},
    {.name = "max_body", .type = ValueType::text, .placeholder = "SIZE", .group = kForwarding, .default_text = "unlimited",
     .help = "The largest body of a request, 10M for example; beyond it 413", .example = "10M",
     .set = set_max_body, .print = print_max_body},
    {.name = "error_page", .type = ValueType::text, .placeholder = "TEXT", .group = kForwarding,
     .help = "The body of our own 502, 503 and 504, the text itself and not a file; HTML if it begins with <",
     .example = "<h1>Back in a minute</h1>", .set = set_error_page, .print = print_field<&S::forward, &F::error_page>},

    {.name = "command", .type = ValueType::words, .placeholder = "ARGUMENT", .group = kProcesses, .repeatable = true,
     .help = "The program and its arguments, as a list and never through a shell; after -- on the command line", .example = "node",
     .set = add_argument, .clear = clear_field<&S::command>, .print = print_field<&S::command>},
    {.name = "instances", .type = ValueType::number, .placeholder = "N", .group = kProcesses, .default_text = "1",
     .help = "Copies of the command, at most 16, each with a port of its own in PORT and its number, from 0, in INSTANCE", .example = "4",
     .set = set_with<parse_instances, &S::instances>, .print = print_field<&S::instances>},
    {.name = "workers", .type = ValueType::number, .placeholder = "N", .group = kProcesses, .default_text = "1",
     .help = "Proxy processes; 1 is the only value so far", .example = "1",
     .set = set_with<parse_single_worker, &S::workers>, .print = print_field<&S::workers>},
    {.name = "worker_user", .type = ValueType::text, .placeholder = "USER", .group = kProcesses, .default_text = "nobody",
     .help = "The user of the proxy process, where lastcall itself runs as root", .example = "nobody",
     .set = set_field<&S::worker_user>, .print = print_field<&S::worker_user>},

    {.name = "dir", .type = ValueType::text, .placeholder = "PATH", .group = kChild, .default_note = "that of lastcall",
     .help = "The command's working directory", .example = "/srv/app",
     .set = set_field<&S::child, &C::dir>, .print = print_field<&S::child, &C::dir>},
    {.name = "user", .type = ValueType::text, .placeholder = "USER", .group = kChild, .default_note = "that of lastcall",
     .help = "Whom the command runs as: a name or number, or USER:GROUP; HOME, USER and LOGNAME follow", .example = "www-data",
     .set = set_field<&S::child, &C::user>, .print = print_field<&S::child, &C::user>},
    {.name = "groups", .type = ValueType::text, .placeholder = "GROUP", .group = kChild, .repeatable = true,
     .default_note = "those of the user in /etc/group",
     .help = "The command's supplementary groups, names or numbers", .example = "docker",
     .set = set_field<&S::child, &C::groups>, .clear = clear_field<&S::child, &C::groups>, .print = print_field<&S::child, &C::groups>},
    {.name = "env.inherit", .type = ValueType::boolean, .group = kChild, .default_text = "true",
     .help = "Start from the variables that lastcall was given; false: from none", .example = "false",
     .set = set_field<&S::child, &C::env, &E::inherit>, .print = print_field<&S::child, &C::env, &E::inherit>},
    {.name = "env.files", .type = ValueType::text, .placeholder = "FILE", .group = kChild, .repeatable = true,
     .help = "Files of NAME=value lines; a dash before the path: no mistake if it is missing", .example = "-/etc/default/app",
     .set = set_field<&S::child, &C::env, &E::files>, .clear = clear_field<&S::child, &C::env, &E::files>,
     .print = print_field<&S::child, &C::env, &E::files>},
    {.name = "env.set", .type = ValueType::map, .placeholder = "NAME=VALUE", .group = kChild, .repeatable = true,
     .help = "Variables of the command, over those of files and of lastcall", .example = "NODE_ENV=production",
     .set = add_variable, .clear = clear_field<&S::child, &C::env, &E::set>, .print = print_field<&S::child, &C::env, &E::set>},
    {.name = "env.unset", .type = ValueType::text, .placeholder = "NAME", .group = kChild, .repeatable = true,
     .help = "Variables that the command shall not have", .example = "AWS_SECRET_ACCESS_KEY",
     .set = add_variable_name, .clear = clear_field<&S::child, &C::env, &E::unset>, .print = print_field<&S::child, &C::env, &E::unset>},
    {.name = "env.systemd", .type = ValueType::boolean, .group = kChild, .default_text = "false",
     .help = "Hand on NOTIFY_SOCKET, WATCHDOG_* and LISTEN_*; without a proxy, sockets for lastcall are handed on anyway",
     .example = "true",
     .set = set_field<&S::child, &C::env, &E::systemd>, .print = print_field<&S::child, &C::env, &E::systemd>},
    {.name = "descriptors", .type = ValueType::text, .placeholder = "NUMBER", .group = kChild, .repeatable = true,
     .default_text = "inherit",
     .help = "Descriptors from 3 on that the command gets: numbers, inherit for all that lastcall was given, or none", .example = "3",
     .set = add_descriptor, .clear = clear_descriptors, .print = print_descriptors},
    {.name = "umask", .type = ValueType::text, .placeholder = "MODE", .group = kChild, .default_note = "that of lastcall",
     .help = "The command's file mode mask, in octal", .example = "027",
     .set = set_with<parse_umask, &S::child, &C::umask>, .print = print_umask},
    {.name = "nice", .type = ValueType::integer, .placeholder = "N", .group = kChild, .default_note = "that of lastcall",
     .help = "The command's niceness, from -20 to 19", .example = "5",
     .set = set_with<parse_nice, &S::child, &C::nice>, .print = print_field<&S::child, &C::nice>},
    {.name = "oom_score_adj", .type = ValueType::integer, .placeholder = "N", .group = kChild, .default_note = "that of lastcall",
     .help = "What the kernel adds to the command's badness when memory runs out, from -1000 to 1000", .example = "500",
     .set = set_with<parse_oom_score, &S::child, &C::oom_score_adj>, .print = print_field<&S::child, &C::oom_score_adj>},
    {.name = "limits", .type = ValueType::map, .placeholder = "NAME=SOFT[:HARD]", .group = kChild, .repeatable = true,
     .default_note = "those that lastcall was given",
     .help = "The command's resource limits by the names of prlimit(1): numbers, 512M, unlimited", .example = "nofile=1024:4096",
     .set = add_limit, .clear = clear_field<&S::child, &C::limits>, .print = print_limits},
    {.name = "no_new_privs", .type = ValueType::boolean, .group = kChild, .default_text = "false",
     .help = "No program that the command starts can gain privileges, by set-uid or otherwise", .example = "true",
     .set = set_field<&S::child, &C::no_new_privs>, .print = print_field<&S::child, &C::no_new_privs>},
    {.name = "capabilities", .type = ValueType::text, .placeholder = "NAME", .group = kChild, .repeatable = true,
     .default_note = "those of lastcall",
     .help = "The only capabilities that the command and what it starts can ever have; none for none at all", .example = "net_bind_service",
     .set = add_capability, .clear = clear_capabilities, .print = print_capabilities},
    {.name = "parent_death_signal", .type = ValueType::signal, .placeholder = "SIGNAL", .group = kChild, .default_text = "KILL",
     .help = "What the kernel sends to the command when lastcall dies without having stopped it; none for nothing", .example = "TERM",
     .set = set_with<parse_death_signal, &S::child, &C::parent_death_signal>, .print = print_death_signal},

    {.name = "grace", .short_flag = 'g', .type = ValueType::duration, .placeholder = "TIME", .group = kStopping, .default_text = "30s",
     .default_note = "by platform, else 30s",
     .help = "From the stop signal to the exit, at most: every other deadline of the stop follows from it", .example = "30s",
     .set = set_field<&S::grace, &G::grace>, .print = print_field<&S::grace, &G::grace>},
    {.name = "lame_duck", .type = ValueType::duration, .placeholder = "TIME", .group = kStopping,
     .default_note = "0s; on Kubernetes 0.15 of grace, at most 5s",
     .help = "Go on accepting for this long after the stop signal, while load balancers take notice", .example = "5s",
     .set = set_field<&S::grace, &G::lame_duck>, .print = print_field<&S::grace, &G::lame_duck>},
    {.name = "drain_timeout", .type = ValueType::duration, .placeholder = "TIME", .group = kStopping, .default_note = "what grace leaves",
     .help = "What requests in flight get to finish", .example = "20s",
     .set = set_field<&S::grace, &G::drain_timeout>, .print = print_field<&S::grace, &G::drain_timeout>},
    {.name = "stop_timeout", .type = ValueType::duration, .placeholder = "TIME", .group = kStopping,
     .default_note = "a quarter of grace, from 1s to 10s",
     .help = "What the command gets at least, from its stop signal until it is killed", .example = "5s",
     .set = set_field<&S::grace, &G::stop_timeout>, .print = print_field<&S::grace, &G::stop_timeout>},
    {.name = "stop.signal", .type = ValueType::signal, .placeholder = "SIGNAL", .group = kStopping, .default_text = "TERM",
     .help = "The signal that asks the command to end", .example = "QUIT",
     .set = set_with<parse_signal, &S::stop_signal>, .print = print_stop_signal},
    {.name = "stop.steps", .type = ValueType::text, .placeholder = "STEP", .group = kStopping, .repeatable = true,
     .stands_for_section = true, .default_note = "the stop signal alone",
     .help = "Signals one after the other, each with its time; after the last one's time the command is killed", .example = "INT 5s",
     .set = add_stop_step, .clear = clear_stop_steps, .print = print_stop_steps},
    {.name = "signals", .type = ValueType::map, .placeholder = "SIGNAL=ACTION", .group = kStopping, .repeatable = true,
     .default_note = "what lastcall --help-signals shows",
     .help = "What a signal to lastcall does: forward, stop, ignore, reopen (the log files, after they were rotated), or another signal that the command gets instead",
     .example = "HUP=ignore", .set = add_signal_rule, .clear = clear_field<&S::signals>, .print = print_signal_rules},
    {.name = "exit_codes", .type = ValueType::map, .placeholder = "CODE=CODE", .group = kStopping, .repeatable = true,
     .help = "Exit codes to replace by others, after everything else", .example = "143=0",
     .set = add_exit_code, .clear = clear_field<&S::exit_codes>, .print = print_exit_codes},

    {.name = "hooks", .type = ValueType::records, .placeholder = "HOOK", .group = kHooks, .repeatable = true,
     .help = "What is run at a turn of the service's life: EVENT=COMMAND in short; a file says more. Events: started, draining, drained, "
             "cleanup, forced, crashed, exit", .example = "drained=/usr/bin/flush-queue --all",
     .set = add_hook, .clear = clear_hooks, .print = print_hooks},
    {.name = "report", .type = ValueType::text, .placeholder = "FILE", .group = kHooks,
     .help = "Where the report of a stop is written as JSON; the file is replaced as a whole", .example = "/var/log/lastcall/report.json",
     .set = set_field<&S::report>, .print = print_field<&S::report>},

    {.name = "restart.policy", .type = ValueType::choice, .placeholder = "WHEN", .group = kRestart,
     .stands_for_section = true, .default_text = "never",
     .default_note = "never; on-failure with several instances",
     .help = "Whether a command that ended by itself is started again, or lastcall ends with its code",
     .example = "on-failure", .choices = {"never", "on-failure", "always"},
     .set = set_field<&S::restart, &R::mode>, .print = print_field<&S::restart, &R::mode>},
    {.name = "restart.delay", .type = ValueType::duration, .placeholder = "TIME", .group = kRestart, .default_text = "100ms",
     .help = "The first pause; each further one is twice as long, and chance takes up to half of it away", .example = "1s",
     .set = set_field<&S::restart, &R::delay>, .print = print_field<&S::restart, &R::delay>},
    {.name = "restart.max_delay", .type = ValueType::duration, .placeholder = "TIME", .group = kRestart, .default_text = "10s",
     .help = "The longest pause", .example = "30s",
     .set = set_field<&S::restart, &R::max_delay>, .print = print_field<&S::restart, &R::max_delay>},
    {.name = "restart.reset", .type = ValueType::duration, .placeholder = "TIME", .group = kRestart, .default_text = "10s",
     .help = "A command that was ready for so long begins with the first pause again", .example = "1m",
     .set = set_field<&S::restart, &R::reset>, .print = print_field<&S::restart, &R::reset>},
    {.name = "restart.limit", .type = ValueType::number, .placeholder = "N", .group = kRestart, .default_text = "10",
     .help = "So many starts within the window, then lastcall ends with the last code, or 1 where that is 0; 0: no limit", .example = "5",
     .set = set_field<&S::restart, &R::limit>, .print = print_field<&S::restart, &R::limit>},
    {.name = "restart.window", .type = ValueType::duration, .placeholder = "TIME", .group = kRestart, .default_text = "5m",
     .help = "The time in which the limit counts", .example = "10m",
     .set = set_with<parse_limit, &S::restart, &R::window>, .print = print_field<&S::restart, &R::window>},
    {.name = "restart.success_codes", .type = ValueType::number, .placeholder = "CODE", .group = kRestart, .repeatable = true,
     .help = "Exit codes that are no failure, beside 0", .example = "143",
     .set = add_exit_code_to<&R::success_codes>, .clear = clear_field<&S::restart, &R::success_codes>,
     .print = print_field<&S::restart, &R::success_codes>},
    {.name = "restart.stop_codes", .type = ValueType::number, .placeholder = "CODE", .group = kRestart, .repeatable = true,
     .help = "Exit codes after which the command is never started again", .example = "3",
     .set = add_exit_code_to<&R::stop_codes>, .clear = clear_field<&S::restart, &R::stop_codes>,
     .print = print_field<&S::restart, &R::stop_codes>},
  };
  append_timeout_options(all);
  const std::vector<Option> output = {
    {.name = "control", .type = ValueType::text, .placeholder = "WHERE", .group = kControl, .default_text = "auto",
     .help = "The socket of lastcall ctl and of the command's LASTCALL_SOCKET: auto, off, an absolute path, or @NAME",
     .example = "/run/app/lastcall.sock", .set = set_control_socket, .print = print_field<&S::control, &P::socket>},
    {.name = "admin", .type = ValueType::address, .placeholder = "ADDRESS", .group = kControl, .default_note = "none",
     .help = "Serve /livez, /readyz, /metrics, /status and a page for people here, to everybody who can connect",
     .example = "127.0.0.1:9901", .set = set_field<&S::control, &P::admin>, .print = print_field<&S::control, &P::admin>},
    {.name = "admin_host", .type = ValueType::text, .placeholder = "NAME", .group = kControl, .repeatable = true,
     .help = "A further host name by which the admin port may be asked, beside addresses, localhost and names without a dot; * for any",
     .example = "status.internal", .set = add_admin_host, .clear = clear_field<&S::control, &P::admin_host>,
     .print = print_field<&S::control, &P::admin_host>},
    {.name = "readyz.lame_duck", .type = ValueType::choice, .placeholder = "ANSWER", .group = kControl, .default_text = "platform",
     .help = "What /readyz says after the stop signal while clients are still accepted; platform: ready on Kubernetes, else failing",
     .example = "failing", .choices = {"platform", "ready", "failing"}, .set = set_lame_duck_readiness,
     .print = print_lame_duck_readiness},
    {.name = "readyz.code", .type = ValueType::number, .placeholder = "CODE", .group = kControl, .default_text = "503",
     .help = "The status of a failing /readyz; HAProxy's http-check disable-on-404 wants 404", .example = "404",
     .set = set_failing_code, .print = print_field<&S::control, &P::failing_code>},

    {.name = "output", .type = ValueType::choice, .placeholder = "HOW", .group = kOutput, .default_text = "pass",
     .help = "The command's lines: pass, untouched and not through lastcall; prefix, with the instance's name in front; json, as objects",
     .example = "prefix", .choices = {"pass", "prefix", "json"},
     .set = set_field<&S::output>, .print = print_field<&S::output>},
    {.name = "log.level", .type = ValueType::choice, .placeholder = "LEVEL", .group = kOutput, .default_text = "info",
     .help = "The least important lines that are written", .example = "debug", .choices = {"debug", "info", "warn", "error", "off"},
     .set = set_field<&S::log_level>, .print = print_field<&S::log_level>},
    {.name = "log.format", .type = ValueType::choice, .placeholder = "FORMAT", .group = kOutput, .default_text = "text",
     .help = "Lines for people or for machines", .example = "json", .choices = {"text", "json"},
     .set = set_field<&S::log_format>, .print = print_field<&S::log_format>},
    {.name = "log.file", .type = ValueType::text, .placeholder = "FILE", .group = kOutput, .default_text = "-",
     .help = "Where lastcall's own lines go: a file to append to, or - for standard error, which the command writes to as well",
     .example = "/var/log/app/lastcall.log", .set = set_field<&S::log_file>, .print = print_field<&S::log_file>},
    {.name = "access_log", .type = ValueType::choice, .placeholder = "FORMAT", .group = kOutput, .default_text = "off",
     .help = "A line for each request, and for each connection with tcp", .example = "json", .choices = {"off", "combined", "json"},
     .set = set_field<&S::access_log>, .print = print_field<&S::access_log>},
    {.name = "access_log_file", .type = ValueType::text, .placeholder = "FILE", .group = kOutput, .default_text = "-",
     .help = "Where these lines go: a file to append to, or - for standard output", .example = "/var/log/app/access.log",
     .set = set_field<&S::access_log_file>, .print = print_field<&S::access_log_file>},
    {.name = "terminal", .type = ValueType::choice, .placeholder = "WHO", .group = kOutput, .default_text = "automatic",
     .help = "child: the command reads the terminal and gets Ctrl-C itself, as with no_proxy", .example = "child",
     .choices = {"automatic", "child"},
     .set = set_field<&S::terminal>, .print = print_field<&S::terminal>},
  };
  all.insert(all.end(), output.begin(), output.end());
  return with_health(std::move(all));
  }();
  return options;
}
// clang-format on

std::string with_dashes(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if (c == '.' || c == '_') c = '-';
  return text;
}

}  // namespace

std::string Option::flag() const { return name == "command" ? "" : "--" + with_dashes(name); }

std::string Option::environment() const {
  if (name == "command") return "";
  std::string text = "LASTCALL_";
  for (const char c : name) text += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string Option::section() const {
  const std::size_t dot = name.find('.');
  return dot == name.npos ? "" : std::string(name.substr(0, dot));
}

std::string Option::key() const { return std::string(name.substr(name.find('.') + 1)); }  // npos + 1 is 0: the whole name

std::string Option::yaml() const {
  std::string text = key() + ": ";
  if (type == ValueType::words)
    text += "[node, server.js]";  // one word would not show the point
  else if (type == ValueType::records)
    text += "[{on: drained, run: [/usr/bin/flush-queue, --all], timeout: 20s}]";
  else if (type == ValueType::map)
    text += fmt::format("{{{}: {}}}", example.substr(0, example.find('=')), example.substr(example.find('=') + 1));
  else
    text += repeatable ? fmt::format("[\"{}\"]", example) : std::string(example);
  if (section().empty()) return text;
  return stands_for_section ? section() + text.substr(key().size()) : fmt::format("{}: {{{}}}", section(), text);
}

std::span<const Option> option_table() { return table(); }

const Option* find_option(std::string_view name) {
  for (const Option& option : table())
    if (option.name == name) return &option;
  return nullptr;
}

const Option* section_option(std::string_view section) {
  for (const Option& option : table())
    if (option.stands_for_section && option.section() == section) return &option;
  return nullptr;
}

bool is_section(std::string_view name) {
  for (const Option& option : table())
    if (!option.section().empty() && option.section() == name) return true;
  return false;
}

}  // namespace lastcall::config
