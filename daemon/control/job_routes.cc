#include <nlohmann/json.hpp>

#include "control/json_body.h"
#include "control/routes.h"
#include "control/state_json.h"

namespace lastcall::control {
namespace {

constexpr std::size_t kListed = 1000;
constexpr Duration kTimeout = seconds(60);  // of a job that says none

int status_of(core::JobRefusal refusal) {
  switch (refusal) {
    case core::JobRefusal::shutting_down:
    case core::JobRefusal::duplicate: return 409;
    case core::JobRefusal::too_many: return 429;
    default: return 400;
  }
}

Status begin(const HttpRequest& request, Actions& actions) {
  const JsonBody body = TRY(JsonBody::parse(request.body, {"id", "owner", "timeout"}));
  const auto id = TRY(body.text("id", core::kLongestJobName));
  if (!id) return Error{400, "a job needs a name: {\"id\": \"import-1\", \"timeout\": \"60s\"}"};
  const std::string owner = TRY(body.text("owner", core::kLongestJobName)).value_or("");
  const core::JobRefusal refusal = actions.begin_job(*id, owner, TRY(body.duration("timeout")).value_or(kTimeout));
  if (refusal != core::JobRefusal::none) return Error{status_of(refusal), std::string(to_string(refusal))};
  return {};
}

Status known(bool found) {
  if (found) return {};
  return Error{404, "no such job is under way; it has ended, or was stuck and was given up"};
}

}  // namespace

std::string jobs_json(View& view) {
  using Json = nlohmann::ordered_json;
  const core::JobLedger& ledger = view.jobs();
  const TimePoint now = view.now();
  Json rows = Json::array();
  for (const core::Job& job : ledger.list(kListed))
    rows.push_back({{"id", job.id},
                    {"owner", job.owner},
                    {"age_ms", to_ms(now - job.began)},
                    {"left_ms", to_ms(job.due() - now)},
                    {"timeout_ms", to_ms(job.timeout)}});
  const Json all{{"jobs", std::move(rows)},
                 {"running", ledger.running()},
                 {"finished", ledger.finished()},
                 {"stuck", ledger.stuck()},
                 {"dropped", ledger.dropped()}};
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void add_job_routes(Router& router, View& view, Actions& actions) {
  const auto add = [&](std::string_view method, std::string_view path, std::uint16_t status, auto act) {
    router.add({method, path, Authority::child, [&view, status, act](const HttpRequest& request, Reply reply) {
                  reply.send(outcome(act(request), view, status));
                }});
  };
  router.add({"GET", "/v1/jobs", Authority::child, [&view](const HttpRequest&, Reply reply) { reply.send({.body = jobs_json(view) + "\n"}); }});
  add("POST", "/v1/jobs", 201, [&](const HttpRequest& request) { return begin(request, actions); });
  add("PUT", "/v1/jobs/{id}", 200, [&](const HttpRequest& request) { return known(actions.heartbeat_job(request.parameter)); });
  add("DELETE", "/v1/jobs/{id}", 200, [&](const HttpRequest& request) { return known(actions.end_job(request.parameter)); });
}

}  // namespace lastcall::control
