#include "config/validate.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "config/health_options.h"
#include "config/option_table.h"
#include "config/option_values.h"
#include "config/placeholders.h"

namespace lastcall::config {
namespace {

class Rules {
 public:
  Rules(const Settings& settings, const Origins& origins) : settings_(settings), origins_(origins) {}

  Diagnostics check() {
    command();
    without_proxy();
    without_http();
    proxy_protocol();
    access_log();
    bytes_only();
    listeners();
    placeholders();
    several_copies();
    stopping();
    variables();
    hooks();
    check_health(settings_, [this](std::string_view option, const std::string& message) { report(option, message); });
    return std::move(found_);
  }

 private:
  bool written(std::string_view option) const { return origins_.contains(option); }

  // At `option`; in a file the line needs the option's name, elsewhere the place is the name.
  void report(std::string_view option, const std::string& message) {
    const auto origin = origins_.find(option);
    const Place place = origin == origins_.end() ? Place{} : origin->second;
    const bool named = !place.source.empty() && place.line == 0;
    found_.push_back({place, named ? message : fmt::format("{}: {}", option, message)});
  }

  void command() {
    if (!settings_.command.empty() && settings_.command.front().empty())
      report("command", "begins with an empty text; write for example command: [node, server.js]");
  }

  void without_proxy() {
    if (!settings_.no_proxy) return;
    for (const std::string_view option : {"listen", "upstream", "tcp", "stream_paths"}) {
      const bool off = option == "tcp" && !settings_.tcp;
      if (written(option) && !off) report(option, "means nothing with no_proxy, which forwards nothing; leave one of the two out");
    }
  }

  void bytes_only() {
    if (!settings_.tcp || settings_.no_proxy) return;
    if (!settings_.stream_paths.empty()) report("stream_paths", "names HTTP paths, but with tcp nothing reads HTTP; leave it out");
  }

  // By value: what --print-config writes names every option.
  void without_http() {
    if (!settings_.tcp && !settings_.no_proxy) return;
    const Settings standard;
    // By a PROXY header a peer in `trust` says in any protocol who the client is.
    const bool announced = settings_.tcp && !settings_.no_proxy && settings_.forward.proxy_accept != ProxyAccept::off;
    for (const std::string_view name : {"trust", "forwarded", "request_id", "via", "upgrades", "max_body", "error_page"}) {
      const Option& option = *find_option(name);
      if (announced && name == "trust") continue;
      if (option.print(settings_) != option.print(standard))
        report(name, "is about HTTP requests, of which nothing is read with tcp or no_proxy; leave it out");
    }
  }

  void proxy_protocol() {
    const ForwardSettings& forward = settings_.forward;
    if (settings_.no_proxy && forward.proxy_send != ProxySend::off)
      report("proxy_protocol.send", "means nothing with no_proxy, which forwards nothing; leave one of the two out");
    if (settings_.no_proxy && forward.proxy_accept != ProxyAccept::off)
      report("proxy_protocol.accept", "means nothing with no_proxy, which accepts no connections; leave one of the two out");
    else if (forward.proxy_accept != ProxyAccept::off && forward.trust.empty())
      report("proxy_protocol.accept", "nobody may announce a client; write the load balancers' networks, for example trust: [10.0.0.0/8]");
  }

  void access_log() {
    const bool on = settings_.access_log != AccessLogFormat::off;
    if (settings_.no_proxy && on) report("access_log", "means nothing with no_proxy, which sees no requests; leave one of the two out");
    if (!on && settings_.access_log_file != Settings().access_log_file)
      report("access_log_file", "stays empty while access_log is off; write access_log: combined or json");
  }

  static bool any_host(const Address& address) {
    const std::string host = address.host();
    return host == "::" || host == "0.0.0.0";
  }

  // Whether two sockets at these addresses take each other's connections: the wildcard covers every host (G19).
  static bool overlap(const Address& a, const Address& b) {
    if (a.is_unix() || b.is_unix()) return a == b;
    return a.port() == b.port() && a.port() != 0 && (any_host(a) || any_host(b) || a.host() == b.host());
  }

  void listeners() {
    const auto& listen = settings_.listen;
    for (std::size_t i = 0; i < listen.size(); ++i)
      for (std::size_t j = i + 1; j < listen.size(); ++j)
        if (overlap(listen[i], listen[j]))
          report("listen", fmt::format("{} and {} are the same port twice", listen[i].to_string(), listen[j].to_string()));
    if (!settings_.upstream || settings_.no_proxy) return;
    const Address& upstream = *settings_.upstream;
    if (!upstream.is_unix() && upstream.port() == 0)
      report("upstream", "port 0 can't be connected to; write the port on which the command listens");
    for (const Address& each : listen) {
      // A wildcard listener takes only what is addressed to this machine, and of that only loopback is certain.
      const bool here = upstream.is_unix() || upstream.is_loopback() || any_host(upstream) || each == upstream;
      if (here && overlap(each, upstream))
        report("upstream", fmt::format("{} is where lastcall itself listens ({}), so it would forward to itself; use two ports",
                                       upstream.to_string(), each.to_string()));
    }
  }

  void placeholders() {
    // With no_proxy braces are the command's own (decision 12); with an upstream someone expects a value that nobody assigns.
    if (settings_.no_proxy || !settings_.upstream) return;
    constexpr std::array<std::pair<std::string_view, Placeholder>, 4> kAll{
        {{"port", Placeholder::port}, {"host", Placeholder::host}, {"socket", Placeholder::socket}, {"instance", Placeholder::instance}}};
    for (const auto& [name, placeholder] : kAll)
      if (uses(settings_.command, placeholder))
        report("command",
               fmt::format("{{{}}} is not replaced beside a fixed upstream; write the value itself, or leave upstream out", name));
  }

  // By value: what --print-config writes names every option.
  void several_copies() {
    if (settings_.instances == 1) return;
    if (settings_.upstream && !settings_.no_proxy)
      report("instances", "makes copies that each need a port of their own, but upstream names one for all; leave upstream out and let the "
                          "command take its port from PORT, {port} or {socket}");
    if (settings_.terminal == TerminalMode::child)
      report("terminal", "child gives the terminal to the command, but there are several copies of it; leave one of the two out");
  }

  void stopping() {
    if (settings_.stop_steps.empty()) return;
    if (written("stop.signal")) report("stop.signal", "says the same as stop.steps; leave one of the two out");
    for (std::size_t i = 0; i + 1 < settings_.stop_steps.size(); ++i)
      if (settings_.stop_steps[i].time == kInfinite)
        report("stop.steps", fmt::format("{} has no time, so the step after it would never come; write for example {} 5s",
                                         signal_text(settings_.stop_steps[i].signal), signal_text(settings_.stop_steps[i].signal)));
    if (written("stop_timeout") && settings_.stop_steps.back().time != kInfinite)
      report("stop_timeout", "means nothing beside stop.steps, which have times of their own; leave one of the two out");
  }

  void variables() {
    for (const std::string& name : settings_.child.env.unset)
      for (const std::string& entry : settings_.child.env.set)
        if (entry.starts_with(name + "=")) report("env.unset", fmt::format("{} is set as well; leave one of the two out", name));
  }

  void hooks() {
    if (!settings_.no_proxy && !settings_.tcp) return;
    for (const HookSettings& each : settings_.hooks)
      if (each.http && !each.http->address)
        report("hooks", fmt::format("{} asks the command by HTTP, but with {} nothing is known of such a server; write http: POST http://127.0.0.1:PORT/path",
                                    each.hook.name, settings_.no_proxy ? "no_proxy" : "tcp"));
  }

  const Settings& settings_;
  const Origins& origins_;
  Diagnostics found_;
};

}  // namespace

Diagnostics validate(const Settings& settings, const Origins& origins) { return Rules(settings, origins).check(); }

Diagnostics validate_budget(const Settings& settings, const Origins& origins) {
  const Result<core::GraceBudget> budget = core::GraceBudget::make(settings.grace);
  if (budget) return {};
  // The part that the user wrote is what has to change; grace itself where nothing else is written.
  for (const std::string_view option : {"lame_duck", "drain_timeout", "stop_timeout", "stop.steps", "grace"})
    if (const auto origin = origins.find(option); origin != origins.end()) return {{origin->second, budget.error().message}};
  return {{{}, budget.error().message}};
}

}  // namespace lastcall::config
