#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/diagnostics.h"
#include "control/json_body.h"
#include "control/routes.h"
#include "control/state_json.h"

namespace lastcall::control {
namespace {

constexpr std::size_t kWord = 32;        // an event's name is shorter
constexpr std::size_t kComplaint = 500;  // of a handler that failed
constexpr std::int64_t kMostItems = 1'000'000'000'000;

int status_of(core::HookRefusal refusal) {
  switch (refusal) {
    case core::HookRefusal::duplicate:
    case core::HookRefusal::too_late: return 409;
    case core::HookRefusal::too_many: return 429;
    default: return 400;
  }
}

Status register_hook(const HttpRequest& request, Actions& actions) {
  const JsonBody body = TRY(JsonBody::parse(request.body, {"event", "name", "timeout"}));
  const std::string word = TRY(body.text("event", kWord)).value_or("");
  const auto event = core::parse_hook_event(word);
  if (!event)
    return Error{400, fmt::format("\"event\" must be one of started, draining, drained, cleanup, forced, crashed, exit{}",
                                  word.empty() ? "" : fmt::format(", not {}", config::quoted(word)))};
  const auto name = TRY(body.text("name", core::kLongestHookName));
  if (!name) return Error{400, "a hook needs a name: {\"event\": \"drained\", \"name\": \"spool\"}"};
  const Duration timeout = TRY(body.duration("timeout")).value_or(core::default_hook_timeout(*event));
  const core::HookRefusal refusal = actions.register_hook(*event, *name, timeout, request.peer);
  if (refusal != core::HookRefusal::none) return Error{status_of(refusal), std::string(to_string(refusal))};
  return {};
}

Status answer(const HttpRequest& request, Actions& actions) {
  const JsonBody body = TRY(JsonBody::parse(request.body, {"flushed", "dropped", "error"}));
  core::HookEnd end;
  end.flushed = static_cast<std::uint64_t>(TRY(body.number("flushed", 0, kMostItems)).value_or(0));
  end.dropped = static_cast<std::uint64_t>(TRY(body.number("dropped", 0, kMostItems)).value_or(0));
  if (auto error = TRY(body.text("error", kComplaint))) {
    end.kind = core::HookEnd::Kind::failed;
    end.why = std::move(*error);
  }
  if (actions.answer_hook(request.parameter, std::move(end))) return {};
  return Error{404, "no handler of this name is being waited for; it has not been called, or its time is over"};
}

Status unregister(const HttpRequest& request, Actions& actions) {
  if (actions.unregister_hook(request.parameter)) return {};
  return Error{404, "no handler of this name is registered, or it is being called right now"};
}

}  // namespace

void add_hook_routes(Router& router, View& view, Actions& actions) {
  const auto add = [&](std::string_view method, std::string_view path, std::uint16_t status, auto act) {
    router.add({method, path, Authority::child, [&view, &actions, status, act](const HttpRequest& request, Reply reply) {
                  reply.send(outcome(act(request, actions), view, status));
                }});
  };
  add("POST", "/v1/hooks", 201, register_hook);
  add("POST", "/v1/hooks/{name}/done", 200, answer);
  add("DELETE", "/v1/hooks/{name}", 200, unregister);
}

}  // namespace lastcall::control
