#include "config/settings.h"
#include "control/json_body.h"
#include "control/routes.h"

namespace lastcall::control {
namespace {

constexpr std::size_t kReason = 200;
constexpr std::int64_t kHighest = config::kMaxInstances - 1;

// Which copy a child means that speaks of itself. Of one alone there is nothing to choose from: whatever it started may speak for it.
Result<std::uint32_t> own_instance(const JsonBody& body, View& view, const Peer& peer) {
  if (const auto number = TRY(body.number("instance", 0, kHighest))) return static_cast<std::uint32_t>(*number);
  const std::vector<InstanceView> instances = view.state().instances;
  if (instances.size() == 1) return instances.front().number;
  for (const InstanceView& one : instances)
    if (peer.pid != 0 && one.pid == peer.pid) return one.number;
  return Error{422, "say which one: {\"instance\": 0}; it is in LASTCALL_INSTANCE"};
}

Status report_ready(const HttpRequest& request, View& view, Actions& actions) {
  const JsonBody body = TRY(JsonBody::parse(request.body, {"instance"}));
  return actions.report_ready(TRY(own_instance(body, view, request.peer)));
}

Status shut_down(const HttpRequest& request, View& view, Actions& actions) {
  const JsonBody body = TRY(JsonBody::parse(request.body, {"reason", "exit_code", "scope", "instance"}));
  StopWish wish{.reason = TRY(body.text("reason", kReason)).value_or(""), .exit_code = {}, .who = request.peer};
  if (const auto code = TRY(body.number("exit_code", 0, 255))) wish.exit_code = static_cast<int>(*code);
  const std::string scope = TRY(body.text("scope", 16)).value_or("service");
  if (scope == "service") return actions.stop(wish);
  if (scope != "instance") return Error{400, "\"scope\" must be \"service\" or \"instance\""};
  if (wish.exit_code) return Error{400, "\"exit_code\" belongs to the scope \"service\": one instance of many leaves with its own code"};
  return actions.stop_instance(TRY(own_instance(body, view, request.peer)), false);
}

Status stop(const HttpRequest& request, Actions& actions) {
  const JsonBody body = TRY(JsonBody::parse(request.body, {"now", "reason"}));
  return actions.stop({.reason = TRY(body.text("reason", kReason)).value_or(""),
                       .exit_code = {},
                       .now = TRY(body.boolean("now")).value_or(false),
                       .who = request.peer});
}

Status set_log_level(const HttpRequest& request, Actions& actions) {
  const JsonBody body = TRY(JsonBody::parse(request.body, {"level"}));
  const std::string level = TRY(body.text("level", 16)).value_or("");
  constexpr std::pair<std::string_view, LogLevel> kLevels[] = {
      {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn}, {"error", LogLevel::error}, {"off", LogLevel::off}};
  for (const auto& [name, value] : kLevels)
    if (name == level) return actions.set_log_level(value);
  return Error{400, "\"level\" must be one of debug, info, warn, error, off"};
}

Status change_instance(const HttpRequest& request, Actions& actions, bool kill) {
  const std::string& text = request.parameter;
  if (text.empty() || text.size() > 4 || text.find_first_not_of("0123456789") != text.npos)
    return Error{404, "an instance has a number, from 0"};
  return actions.stop_instance(static_cast<std::uint32_t>(std::stoul(text)), kill);
}

Status scale(const HttpRequest& request, Actions& actions) {
  const JsonBody body = TRY(JsonBody::parse(request.body, {"instances"}));
  const auto count = TRY(body.number("instances", 1, config::kMaxInstances));
  if (!count) return Error{400, "say how many: {\"instances\": 2}"};
  return actions.scale(static_cast<std::uint32_t>(*count));
}

}  // namespace

void add_action_routes(Router& router, View& view, Actions& actions) {
  const auto add = [&](std::string_view method, std::string_view path, Authority least, std::uint16_t status, auto act) {
    router.add({method, path, least, [&view, status, act](const HttpRequest& request, Reply reply) {
                  reply.send(outcome(act(request), view, status));
                }});
  };
  using enum Authority;
  add("POST", "/v1/shutdown", child, 202, [&](const HttpRequest& request) { return shut_down(request, view, actions); });
  add("POST", "/v1/ready", child, 200, [&](const HttpRequest& request) { return report_ready(request, view, actions); });
  add("POST", "/v1/stop", operator_, 202, [&](const HttpRequest& request) { return stop(request, actions); });
  add("POST", "/v1/drain", operator_, 200, [&](const HttpRequest&) { return actions.drain(); });
  add("POST", "/v1/undrain", operator_, 200, [&](const HttpRequest&) { return actions.undrain(); });
  add("PUT", "/v1/loglevel", operator_, 200, [&](const HttpRequest& request) { return set_log_level(request, actions); });
  router.add({"POST", "/v1/reopen", operator_, [&view, &actions](const HttpRequest&, Reply reply) {
                actions.reopen_logs([&view, reply](const Status& done) mutable { reply.send(outcome(done, view)); });
              }});
  add("POST", "/v1/instances/{number}/stop", operator_, 202,
      [&](const HttpRequest& request) { return change_instance(request, actions, false); });
  add("POST", "/v1/instances/{number}/kill", operator_, 202,
      [&](const HttpRequest& request) { return change_instance(request, actions, true); });
  add("PUT", "/v1/instances", operator_, 202, [&](const HttpRequest& request) { return scale(request, actions); });
}

}  // namespace lastcall::control
