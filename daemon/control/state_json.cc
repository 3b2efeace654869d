#include "control/state_json.h"

#include <nlohmann/json.hpp>

#include "control/report_rows.h"
#include "os/signal_name.h"

namespace lastcall::control {
namespace {

using Json = nlohmann::ordered_json;  // people read it, too

// What the child or a client wrote need not be UTF-8.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json optional_ms(const std::optional<Duration>& time) { return time ? Json(to_ms(*time)) : Json(nullptr); }

Json phases(const StateView& state) {
  Json list = Json::array();
  for (const core::PhaseRecord& phase : state.record->phases) {
    const TimePoint end = phase.end == kNever ? state.now : phase.end;
    Json one{{"phase", core::to_string(phase.phase)}, {"ms", to_ms(end - phase.begin)}, {"over", phase.end != kNever}, {"why", phase.why}};
    one["planned_ms"] = phase.deadline == kNever ? Json(nullptr) : Json(to_ms(phase.deadline - phase.begin));
    list.push_back(std::move(one));
  }
  return list;
}

Json in_flight(const core::LiveGauges& live) {
  return {{"requests", live.finite}, {"streams", live.streams}, {"idle", live.idle}, {"waiting", live.waiting}, {"oldest_ms", live.oldest_ms}};
}

Json instances(const StateView& state) {
  Json list = Json::array();
  for (const InstanceView& one : state.instances)
    list.push_back({{"instance", one.number},
                    {"state", one.state},
                    {"pid", one.pid},
                    {"age_ms", one.age_ms},
                    {"restarts", one.restarts},
                    {"upstream", one.upstream},
                    {"in_flight", {{"requests", one.requests}, {"streams", one.streams}}},
                    {"status", one.status}});
  return list;
}

std::string asked_by(const core::ShutdownRecord& record) {
  if (record.request.by_control) return "control";
  if (record.request.signal != 0) return os::signal_name(record.request.signal);
  return std::string(core::to_string(record.cause));
}

// The latest ones, in the order in which they ended.
Json hook_runs(const StateView& state) {
  constexpr std::size_t kShown = 20;
  Json list = Json::array();
  const auto& runs = state.record->hooks.runs;
  for (std::size_t i = runs.size() > kShown ? runs.size() - kShown : 0; i < runs.size(); ++i)
    list.push_back({{"event", core::to_string(runs[i].on)},
                    {"name", runs[i].name},
                    {"ms", to_ms(runs[i].took)},
                    {"result", core::to_string(runs[i].end.kind)},
                    {"why", runs[i].end.why}});
  return list;
}

Json stop_of(const StateView& state) {
  const core::ShutdownRecord& record = *state.record;
  if (!record.t0) return nullptr;
  const core::CounterTotals& totals = record.totals;
  const ChildCounts children = count_children(record);
  Json stop{{"cause", core::to_string(record.cause)},
            {"asked_by", asked_by(record)},
            {"since_ms", to_ms(state.now - *record.t0)},
            {"in_flight_at_start", totals.finite_at_t0},
            {"streams_at_start", totals.streams_at_t0},
            {"finished", totals.finished},
            {"dropped", totals.dropped_finite},
            {"streams_ended", totals.streams_ended},
            {"idle_closed", totals.idle_closed},
            {"refused_503", totals.refused_503},
            {"jobs", {{"at_start", record.jobs.at_t0}, {"finished", record.jobs.finished}, {"stuck", record.jobs.stuck}, {"dropped", record.jobs.dropped}}},
            {"flushed", record.hooks.flushed},
            {"buffers_dropped", record.hooks.dropped},
            {"child_killed", children.killed > 0},
            {"children", {{"started", children.started}, {"ended", children.ended}, {"killed", children.killed}}}};
  stop["exit_code"] = record.exit ? Json(record.exit->code) : Json(nullptr);
  stop["exit_reason"] = record.exit ? Json(record.exit->reason) : Json(nullptr);
  return stop;
}

Json counters(const StateView& state) {
  Json all = Json::object();
  const auto& values = state.counters.values;
  for (std::size_t i = 0; i < values.size(); ++i) all[std::string(proto::to_string(static_cast<proto::Counter>(i)))] = values[i];
  return all;
}

Json brief(const StateView& state) {
  Json json{{"phase", core::to_string(state.phase)},
            {"ready", state.phase == core::Phase::serving || state.drained_by_hand},
            {"shutting_down", state.ending()},
            {"draining", state.drained_by_hand},
            {"reason", state.record->request.reason}};
  json["deadline_left_ms"] = optional_ms(state.grace_left());
  json["in_flight"] = in_flight(state.live);
  json["jobs"] = {{"running", state.jobs}};
  return json;
}

}  // namespace

std::string phase_json(const StateView& state) { return dump(brief(state)); }

std::string state_json(const StateView& state) {
  Json json = brief(state);
  json["version"] = LASTCALL_VERSION;
  json["uptime_ms"] = to_ms(state.now - state.record->started);
  json["command"] = state.command;
  json["listen"] = state.listen;
  json["instances"] = instances(state);
  json["restarts"] = state.restarts;
  json["worker_restarts"] = state.record->worker_restarts;
  json["phases"] = phases(state);
  json["hooks"] = hook_runs(state);
  json["stop"] = stop_of(state);
  json["counters"] = counters(state);
  return dump(json);
}

std::string connections_json(const ConnectionList& list) {
  Json rows = Json::array();
  for (const ConnectionView& one : list.connections)
    rows.push_back({{"peer", one.peer},
                    {"kind", one.kind},
                    {"state", one.state},
                    {"age_ms", one.age_ms},
                    {"bytes_in", one.bytes_in},
                    {"bytes_out", one.bytes_out},
                    {"instance", one.instance ? Json(*one.instance) : Json(nullptr)},
                    {"request", one.request}});
  return dump({{"connections", std::move(rows)}, {"complete", list.complete}});
}

}  // namespace lastcall::control
