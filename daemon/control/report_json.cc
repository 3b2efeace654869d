#include "control/report_json.h"

#include <nlohmann/json.hpp>

#include "control/report_rows.h"
#include "os/signal_name.h"

namespace lastcall::control {
namespace {

using core::ShutdownRecord;
using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;  // of the format: grows when something is taken away or changes its meaning

Json ms_or_null(std::optional<Duration> value) { return value && *value != kInfinite ? Json(to_ms(*value)) : Json(nullptr); }

Json request(const ShutdownRecord& record) {
  const core::StopRequest& asked = record.request;
  if (asked.signal == 0 && !asked.by_control) return nullptr;
  return {{"by", asked.by_control ? "control" : asked.from_terminal ? "terminal" : "signal"},
          {"signal", asked.signal != 0 ? Json(os::signal_name(asked.signal)) : Json(nullptr)},
          {"sender_pid", asked.sender_pid},
          {"sender_uid", asked.sender_uid},
          {"reason", asked.reason.empty() ? Json(nullptr) : Json(asked.reason)},
          {"repeated", asked.repeated},
          {"escalated", asked.escalated}};
}

Json phases(const ShutdownRecord& record) {
  Json list = Json::array();
  for (const PhaseRow& row : phase_rows(record))
    list.push_back({{"phase", core::to_string(row.phase)},
                    {"began_ms", to_ms(row.began)},
                    {"planned_ms", ms_or_null(row.planned)},
                    {"used_ms", to_ms(row.used)},
                    {"ended_by", row.ended_by}});
  return list;
}

Json traffic(const core::CounterTotals& totals) {
  return {{"requests",
           {{"at_t0", totals.finite_at_t0},
            {"finished", totals.finished},
            {"dropped", totals.dropped_finite},
            {"refused", totals.refused_503},
            {"cut_by_command", totals.aborted_by_child},
            {"given_up_by_client", totals.aborted_by_client}}},
          {"streams",
           {{"at_t0", totals.streams_at_t0}, {"ended", totals.streams_ended}, {"dropped", totals.dropped_streams}, {"told_1001", totals.ws_1001}}},
          {"connections",
           {{"idle_at_t0", totals.idle_at_t0},
            {"idle_closed", totals.idle_closed},
            {"swept", totals.swept},
            {"reset", totals.resets_sent},
            {"lost_in_worker", totals.lost_in_worker}}}};
}

Json dropped_requests(const ShutdownRecord& record) {
  Json list = Json::array();
  for (const core::DroppedRequest& each : record.dropped_requests)
    list.push_back({{"peer", each.peer}, {"request", each.request}, {"age_ms", to_ms(each.age)}});
  return list;
}

Json jobs(const ShutdownRecord& record) {
  Json lost = Json::array();
  for (const core::JobLedger::Lost& each : record.jobs.names)
    lost.push_back({{"id", each.job.id},
                    {"owner", each.job.owner},
                    {"fate", each.fate == core::JobLedger::Fate::stuck ? "stuck" : "dropped"},
                    {"timeout_ms", to_ms(each.job.timeout)}});
  return {{"at_t0", record.jobs.at_t0},
          {"finished", record.jobs.finished},
          {"stuck", record.jobs.stuck},
          {"dropped", record.jobs.dropped},
          {"lost", std::move(lost)}};
}

Json hooks(const ShutdownRecord& record) {
  Json list = Json::array();
  for (const core::HookRecord& run : record.hooks.runs) {
    const bool began = run.began != kNever;
    list.push_back({{"on", core::to_string(run.on)},
                    {"name", run.name},
                    {"forced", run.about.forced.empty() ? Json(nullptr) : Json(run.about.forced)},
                    {"instance", run.about.copy ? Json(*run.about.copy) : Json(nullptr)},
                    {"end", core::to_string(run.end.kind)},
                    {"why", run.end.why.empty() ? Json(nullptr) : Json(run.end.why)},
                    {"began_ms", began ? Json(to_ms(run.began - *record.t0)) : Json(nullptr)},
                    {"took_ms", to_ms(run.took)},
                    {"flushed", run.end.flushed},
                    {"dropped", run.end.dropped}});
  }
  return list;
}

Json end_of(const core::ChildRecord& child) {
  Json json{{"instance", child.number}, {"pid", child.pid}, {"killed", child.killed}, {"descendants_signalled", child.descendants_signalled}};
  json["code"] = child.end && !child.end->by_signal ? Json(child.end->value) : Json(nullptr);
  json["signal"] = child.end && child.end->by_signal ? Json(os::signal_name(child.end->value)) : Json(nullptr);
  json["stop_signal"] = child.stop_signal ? Json(os::signal_name(*child.stop_signal)) : Json(nullptr);
  json["ended_after_ms"] = child.signalled && child.exited ? ms_or_null(*child.exited - *child.signalled) : Json(nullptr);
  return json;
}

Json children(const ShutdownRecord& record) {
  Json list = Json::array();
  for (const core::ChildRecord& child : record.children)
    if (child.started) list.push_back(end_of(child));
  return list;
}

}  // namespace

std::string report_json(const ShutdownRecord& record) {
  if (!record.t0) return "";
  const bool limited = record.deadlines.exit != kNever;
  Json json{{"version", kVersion},
            {"lastcall", LASTCALL_VERSION},
            {"started_unix_ms", record.started_wall_ms},
            {"t0_unix_ms", record.t0_wall_ms},
            {"cause", core::to_string(record.cause)},
            {"request", request(record)},
            {"total_ms", to_ms(record.ended.value_or(*record.t0) - *record.t0)},
            {"planned_ms", limited ? Json(to_ms(record.deadlines.exit - *record.t0)) : Json(nullptr)},
            {"phases", phases(record)}};
  json.update(traffic(record.totals));
  json["dropped_requests"] = dropped_requests(record);
  json["jobs"] = jobs(record);
  json["buffers"] = {{"flushed", record.hooks.flushed}, {"dropped", record.hooks.dropped}};
  json["hooks"] = hooks(record);
  json["children"] = children(record);
  json["worker_restarts"] = record.worker_restarts;
  json["exit"] = record.exit ? Json{{"code", record.exit->code}, {"reason", record.exit->reason}} : Json(nullptr);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lastcall::control
