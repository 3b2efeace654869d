#include "rehearsal/report_json.h"

#include <nlohmann/json.hpp>

#include "os/signal_name.h"

namespace lastcall::rehearsal {
namespace {

using Json = nlohmann::ordered_json;

Json ms_or_null(std::optional<Duration> value) {
  if (!value || *value == kInfinite) return nullptr;
  return to_ms(*value);
}

std::string_view manner_name(os::SignalDisposition manner) {
  switch (manner) {
    case os::SignalDisposition::unknown: return "unknown";
    case os::SignalDisposition::default_action: return "default";
    case os::SignalDisposition::caught: return "caught";
    case os::SignalDisposition::ignored: return "ignored";
  }
  return "unknown";
}

Json load_json(const LoadFigures& load) {
  return {{"answered", load.answered},
          {"server_errors", load.server_errors},
          {"client_errors", load.client_errors},
          {"unavailable_503", load.unavailable},
          {"raced", load.raced},
          {"refused", load.refused},
          {"lost", load.lost},
          {"reset", load.reset},
          {"truncated", load.truncated},
          {"invalid", load.invalid}};
}

// The words of lastcall's own report as numbers and truths again, where they are.
Json report_json(const RunFigures& run) {
  Json report = Json::object();
  for (const auto& [name, text] : run.report) {
    const Json value = Json::parse(text, nullptr, false);
    if (value.is_number() || value.is_boolean())
      report[name] = value;
    else
      report[name] = text;
  }
  return report;
}

Json run_json(const RunFigures& run) {
  Json json{{"ready_ms", ms_or_null(run.ready_after)},
            {"before_stop", load_json(run.before)},
            {"after_stop", load_json(run.after)},
            {"in_flight_at_stop", run.in_flight_at_stop},
            {"stop_signal", nullptr},
            {"stop_signal_is", manner_name(run.manner)},
            {"exit_code", nullptr},
            {"exit_signal", nullptr},
            {"stop_ms", ms_or_null(run.stop_time)},
            {"killed", run.killed},
            {"left_behind", run.left_behind},
            {"total_ms", to_ms(run.total)},
            {"lastcall_exit_code", run.exit_code},
            {"lastcall_exit_reason", run.exit_reason},
            {"report", report_json(run)},
            {"stop_report", run.stop ? Json::parse(run.stop->text, nullptr, false) : Json(nullptr)}};
  if (run.stop_signal != 0) json["stop_signal"] = os::signal_name(run.stop_signal);
  if (run.end && run.end->by_signal) json["exit_signal"] = os::signal_name(run.end->value);
  if (run.end && !run.end->by_signal) json["exit_code"] = run.end->value;
  return json;
}

Json idle_json(const IdleFigures& idle) {
  return {{"status", idle.status},
          {"keep_alive", idle.keep_alive},
          {"announced_s", idle.announced > 0 ? Json(idle.announced) : Json(nullptr)},
          {"closed_after_ms", ms_or_null(idle.closed_after)},
          {"watched_ms", to_ms(idle.watched)}};
}

}  // namespace

std::string render_json(const Outcome& outcome, const std::vector<std::string>& command) {
  const Expectations& expected = outcome.expected;
  const Measurements& measured = outcome.measured;
  Json findings = Json::array();
  for (const Finding& each : outcome.judgement.findings)
    findings.push_back({{"name", each.name}, {"verdict", to_string(each.verdict)}, {"text", each.text}, {"advice", each.advice}});
  const Json json{{"passed", outcome.ran && outcome.judgement.passed},
                  {"ran", outcome.ran},
                  {"command", command},
                  {"platform", expected.platform},
                  {"platform_signal", os::signal_name(expected.platform_signal)},
                  {"limit_ms", ms_or_null(expected.limit.value_or(expected.grace))},
                  {"grace_ms", ms_or_null(expected.grace)},
                  {"findings", findings},
                  {"with_lastcall", run_json(measured.wrapped)},
                  {"without_lastcall", measured.bare ? run_json(*measured.bare) : Json(nullptr)},
                  {"idle_connection", measured.idle ? idle_json(*measured.idle) : Json(nullptr)},
                  {"lastcall_said", outcome.complaints},
                  {"last_words", outcome.last_words}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lastcall::rehearsal
