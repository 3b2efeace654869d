#include "control/metrics.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace lastcall::control {
namespace {

using proto::Counter;

constexpr double kBounds[] = {0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300};  // of a drain, in seconds

double in_seconds(Duration value) { return std::chrono::duration<double>(value).count(); }

class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = fmt::format("lastcall_{}", name);
    fmt::format_to(to(), "# HELP {} {}\n# TYPE {} {}\n", name_, help, name_, type);
  }
  void sample(auto value, std::string_view labels = {}, std::string_view suffix = {}) {
    if (labels.empty())
      fmt::format_to(to(), "{}{} {}\n", name_, suffix, value);
    else
      fmt::format_to(to(), "{}{}{{{}}} {}\n", name_, suffix, labels, value);
  }
  void one(std::string_view name, std::string_view type, std::string_view help, auto value) {
    family(name, type, help);
    sample(value);
  }
  void bucket(double bound, std::uint64_t cumulated) { sample(cumulated, fmt::format("le=\"{}\"", bound), "_bucket"); }
  void histogram_end(std::uint64_t count, double sum) {
    sample(count, "le=\"+Inf\"", "_bucket");
    sample(sum, {}, "_sum");
    sample(count, {}, "_count");
  }
  std::string take() { return std::move(text_); }

 private:
  std::back_insert_iterator<std::string> to() { return std::back_inserter(text_); }
  std::string name_;
  std::string text_;
};

std::string label(std::string_view name, std::string_view value) {
  std::string text = fmt::format("{}=\"", name);
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text + '"';
}

void add_phase(Page& page, const StateView& state) {
  page.family("phase", "gauge", "1 for the phase that lastcall is in.");
  for (std::size_t i = 0; i < core::kPhaseCount; ++i) {
    const auto phase = static_cast<core::Phase>(i);
    page.sample(phase == state.phase ? 1 : 0, label("phase", core::to_string(phase)));
  }
  page.one("shutting_down", "gauge", "1 from the stop on.", state.ending() ? 1 : 0);
  if (const auto left = state.grace_left())
    page.one("grace_left_seconds", "gauge", "Until lastcall leaves for certain; absent while no stop with a limit runs.", in_seconds(*left));
}

void add_traffic(Page& page, const StateView& state) {
  const core::LiveGauges& live = state.live;
  page.family("in_flight", "gauge", "Requests, streams and idle connections now.");
  page.sample(live.finite, label("kind", "request"));
  page.sample(live.streams, label("kind", "stream"));
  page.sample(live.idle, label("kind", "idle"));
  page.one("oldest_request_seconds", "gauge", "Age of the oldest request in flight while a drain or a stop runs; else 0.", static_cast<double>(live.oldest_ms) / 1000);
  page.family("request_duration_seconds", "histogram", "From a request's first byte to the last of the command's answer.");
  std::uint64_t cumulated = 0;
  for (std::size_t i = 0; i < proto::kLatencyBounds.size(); ++i)
    page.bucket(static_cast<double>(proto::kLatencyBounds[i]) / 1e6, cumulated += state.counters.latency[i]);
  page.histogram_end(cumulated + state.counters.latency.back(), static_cast<double>(state.counters.latency_sum_us) / 1e6);
}

// Every counter of the workers under its own name, what was dropped by kind under one (G190).
void add_counters(Page& page, const StateView& state) {
  for (std::size_t i = 0; i < state.counters.values.size(); ++i) {
    const auto counter = static_cast<Counter>(i);
    const std::string_view name = proto::to_string(counter);
    if (name.ends_with("_at_t0") || name.starts_with("dropped_")) continue;
    page.one(fmt::format("{}_total", name), "counter", "Of all proxy processes since the start: docs/operations.md, Metrics.", state.counters.values[i]);
  }
  page.family("dropped_at_deadline_total", "counter", "What a deadline cut off; 0 after a graceful stop.");
  page.sample(state.counters.get(Counter::dropped_finite), label("kind", "request"));
  page.sample(state.counters.get(Counter::dropped_streams), label("kind", "stream"));
  page.one("lost_in_worker_total", "counter", "Requests and streams that died with a proxy process.", state.record->totals.lost_in_worker);
}

void add_instances(Page& page, const StateView& state) {
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help, auto value_of) {
    page.family(name, type, help);
    for (const InstanceView& one : state.instances) page.sample(value_of(one), label("instance", std::to_string(one.number)));
  };
  each("instance_ready", "gauge", "1 where this copy of the command serves.", [](const InstanceView& one) { return one.state == "ready" ? 1 : 0; });
  each("instance_pid", "gauge", "Its main process; 0 if none runs.", [](const InstanceView& one) { return one.pid; });
  each("instance_age_seconds", "gauge", "Since its last start.", [](const InstanceView& one) { return static_cast<double>(one.age_ms) / 1000; });
  page.family("instance_in_flight", "gauge", "Requests and streams at this copy now; what waits for a copy is in lastcall_in_flight alone.");
  for (const InstanceView& one : state.instances) {
    const std::string number = label("instance", std::to_string(one.number)) + ',';
    page.sample(one.requests, number + label("kind", "request"));
    page.sample(one.streams, number + label("kind", "stream"));
  }
  each("instance_restarts_total", "counter", "How often it was started again.", [](const InstanceView& one) { return one.restarts; });
  page.one("worker_restarts_total", "counter", "Proxy processes that had to be replaced.", state.record->worker_restarts);
}

void add_drains(Page& page, const StateView& state) {
  page.family("drain_duration_seconds", "histogram", "From the beginning of a drain to its end, or until it was taken back.");
  double sum = 0;
  for (const Duration drain : state.drains) sum += in_seconds(drain);
  for (const double bound : kBounds)
    page.bucket(bound, static_cast<std::uint64_t>(std::ranges::count_if(state.drains, [&](Duration one) { return in_seconds(one) <= bound; })));
  page.histogram_end(state.drains.size(), sum);
}

}  // namespace

std::string metrics_text(const StateView& state) {
  Page page;
  page.family("build_info", "gauge", "1, with the version.");
  page.sample(1, label("version", LASTCALL_VERSION));
  page.one("uptime_seconds", "gauge", "Since lastcall started.", in_seconds(state.now - state.record->started));
  add_phase(page, state);
  add_traffic(page, state);
  add_counters(page, state);
  add_instances(page, state);
  add_drains(page, state);
  return page.take();
}

}  // namespace lastcall::control
