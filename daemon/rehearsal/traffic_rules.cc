#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/people_text.h"
#include "os/signal_name.h"
#include "rehearsal/rules.h"

namespace lastcall::rehearsal {
namespace {

constexpr Duration kSlowStart = seconds(10);  // every restart and every roll-out waits for it

// A request that can't be repeated takes only a connection that was busy within the last second (proxy/upstream_pool, G61): a command that
// closes later than that never meets a POST of ours. The tenth is the precision of what we measured.
constexpr Duration kPostReuse = seconds(1) + milliseconds(100);

std::string kinds_of_loss(const LoadFigures& load, std::uint64_t errors = 0) {
  std::string text;
  const auto add = [&](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  };
  add(load.lost, "closed without an answer");
  add(load.reset, "reset");
  add(load.truncated, "cut short");
  add(load.invalid, "answered by something that is not HTTP");
  add(errors, "answered with an error");
  return text;
}

std::string be(std::uint64_t count) { return count == 1 ? "was" : "were"; }

// A value for --timeouts-upstream-idle that is safely below what the command keeps, as a person would write it.
std::string safe_idle(Duration closed_after) {
  const Duration half = closed_after / 2;
  if (half >= seconds(1)) return format_duration(duration_cast<seconds>(half));
  return format_duration(std::max<Duration>(half / milliseconds(100) * milliseconds(100), milliseconds(50)));
}

Finding keep_alive_race(Duration closed_after, Duration ours) {
  Finding finding{"keep_alive", Verdict::warn,
                  fmt::format("it closes idle connections after {}, and says nothing of it", people_duration(closed_after))};
  if (closed_after <= kPostReuse) {
    finding.verdict = Verdict::fail;
    finding.text += ": a POST can be sent in the moment in which it closes";
  } else {
    finding.text += ": requests that meet it have to be sent again";
  }
  finding.advice = fmt::format("set --timeouts-upstream-idle {} (now {}), or let the command keep idle connections for longer than {}",
                               safe_idle(closed_after), format_duration(ours), format_duration(ours));
  return finding;
}

}  // namespace

MaybeFinding judge_readiness(const Measurements& measured, const Expectations& expected) {
  if (!measured.wrapped.ready_after || !expected.proxied) return std::nullopt;
  Finding finding{"readiness", Verdict::pass, fmt::format("took connections after {}", people_duration(*measured.wrapped.ready_after))};
  if (*measured.wrapped.ready_after > kSlowStart) {
    finding.verdict = Verdict::warn;
    finding.advice = "every start and every restart takes as long: start what is slow after the port is open";
  }
  return finding;
}

MaybeFinding judge_traffic(const Measurements& measured, const Expectations& expected) {
  if (!expected.own_load) return std::nullopt;
  const LoadFigures& load = measured.wrapped.before;
  Finding finding{"traffic", Verdict::pass, fmt::format("{} before the stop, all answered", counted(load.requests(), "request"))};
  if (load.answered == 0) {
    finding = {"traffic", Verdict::fail, "no request was answered before the stop",
               "give --path a page that answers at once, or --duration more time"};
  } else if (load.losses() > 0) {
    finding = {"traffic", Verdict::fail,
               fmt::format("{} of {} failed before the stop: {}", load.losses(), counted(load.requests(), "request"), kinds_of_loss(load)),
               "look at what the command says: --verbose"};
  } else if (load.server_errors > 0 || load.client_errors == load.answered) {
    const std::uint64_t errors = load.server_errors + load.client_errors;
    finding = {"traffic", Verdict::warn,
               fmt::format("{} of {} {} answered with 4xx or 5xx", errors, counted(load.answered, "request"), be(errors)),
               "give --path a page that works, or the rehearsal says little"};
  }
  return finding;
}

MaybeFinding judge_keep_alive(const Measurements& measured, const Expectations& expected) {
  if (!measured.idle || measured.idle->status == 0 || !expected.proxied) return std::nullopt;
  const IdleFigures& idle = *measured.idle;
  Finding finding{"keep_alive", Verdict::pass, ""};
  if (!idle.keep_alive) {
    finding.verdict = Verdict::warn;
    finding.text = "it closes its connection after each answer, so that every request costs a new one";
    finding.advice = "turn keep-alive on in the command; lastcall keeps its connections for it";
    return finding;
  }
  const Duration announced = seconds(idle.announced);
  const Duration ours = idle.announced > 0 ? std::min(expected.upstream_idle, announced - seconds(1)) : expected.upstream_idle;
  if (idle.announced > 0 && ours <= Duration::zero()) {
    finding.verdict = Verdict::warn;
    finding.text = fmt::format("it announces Keep-Alive: timeout={}, which leaves no time to use a connection again", idle.announced);
    finding.advice = "let the command keep idle connections for 5 s or longer";
    return finding;
  }
  if (idle.closed_after && *idle.closed_after <= ours) return keep_alive_race(*idle.closed_after, ours);
  if (idle.announced > 0)
    finding.text =
        fmt::format("it announces {}; lastcall lets go of idle connections after {}", people_duration(announced), people_duration(ours));
  else if (idle.closed_after)
    finding.text = fmt::format("it closes idle connections after {}; lastcall lets go of them after {}",
                               people_duration(*idle.closed_after), people_duration(ours));
  else if (idle.watched > ours)
    finding.text = fmt::format("it keeps idle connections for longer than the {} that lastcall does", people_duration(ours));
  else
    finding = {"keep_alive", Verdict::note,
               fmt::format("it kept an idle connection for the {} that it was watched; lastcall keeps them for {}",
                           people_duration(idle.watched), people_duration(ours))};
  return finding;
}

// Our own clients' count where there are any, and lastcall's own in any case.
MaybeFinding judge_requests(const Measurements& measured, const Expectations& expected) {
  const RunFigures& run = measured.wrapped;
  if (!expected.proxied || !run.stopped_by_us) return std::nullopt;
  const std::uint64_t dropped = run.report_number("dropped_finite"), streams = run.report_number("dropped_streams");
  const std::uint64_t aborted = run.report_number("aborted_by_child"), with_worker = run.report_number("lost_in_worker");
  // Where the page works, an error at the stop is the stop's doing.
  const std::uint64_t errors = run.before.server_errors == 0 ? run.after.server_errors : 0;
  const std::uint64_t seen = run.after.losses() + errors;
  const std::uint64_t in_flight = expected.own_load ? run.in_flight_at_stop : run.report_number("in_flight_at_t0");
  const std::uint64_t lost = std::max(seen, dropped + streams + aborted + with_worker);
  Finding finding{"requests", Verdict::pass, fmt::format("{} in flight at the stop, none lost", counted(in_flight, "request"))};
  if (run.after.unavailable > 0) finding.text += fmt::format("; {} late ones answered 503", run.after.unavailable);
  if (lost == 0) return finding;
  finding.verdict = Verdict::fail;
  finding.text = fmt::format("{} in flight at the stop, {} lost", counted(in_flight, "request"), lost);
  if (seen > 0) finding.text += " (" + kinds_of_loss(run.after, errors) + ")";
  if (run.stop && !run.stop->dropped.empty())
    finding.text += fmt::format("; the oldest, {}, had run for {}", run.stop->dropped.front().line, people_duration(run.stop->dropped.front().age));
  if (dropped > 0)
    finding.advice = "they ran longer than the drain: raise --grace and the platform's limit, or --drain-timeout within it";
  else if (expected.platform == "heroku")
    finding.advice = "Heroku signals every process: let the command go on answering after SIGTERM until lastcall has let go of it";
  else if (aborted > 0)
    finding.advice = "the command ended before its answers were complete: does something else signal it, too?";
  else if (streams > 0)
    finding.advice = "streams had not ended at the last deadline: let the command end them when it is told to stop";
  else
    finding.advice = "see the fields of the report with --json, and what lastcall says with --verbose";
  return finding;
}

MaybeFinding judge_comparison(const Measurements& measured, const Expectations& expected) {
  if (!measured.bare) {
    if (measured.not_compared.empty()) return std::nullopt;
    return Finding{"comparison", Verdict::note, "not compared with a run without lastcall: " + measured.not_compared};
  }
  const RunFigures& bare = *measured.bare;
  Finding finding{"comparison", Verdict::note, ""};
  const std::string signal = os::signal_name(expected.platform_signal);
  if (bare.after.losses() > 0) {
    finding.text = fmt::format("without lastcall, the same {} loses {} of {} in flight ({})", signal, bare.after.losses(),
                               counted(std::max(bare.in_flight_at_stop, bare.after.losses()), "request"), kinds_of_loss(bare.after));
  } else {
    finding.text =
        fmt::format("without lastcall it loses nothing either: it answered {} after {}", counted(bare.after.answered, "request"), signal);
  }
  if (bare.killed) finding.text += ", and has to be killed";
  return finding;
}

}  // namespace lastcall::rehearsal
