#include <algorithm>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "base/people_text.h"
#include "core/exit_code.h"
#include "os/signal_name.h"
#include "rehearsal/rules.h"

namespace lastcall::rehearsal {
namespace {

using os::SignalDisposition;

constexpr Duration kAtOnce = milliseconds(250);

std::string describe(const core::ChildEnd& end) {
  return end.by_signal ? os::signal_name(end.value) : fmt::format("exit code {}", end.value);
}

bool ends_in_order(const core::ChildEnd& end, int stop_signal) {
  return !end.by_signal && (end.value == 0 || end.value == 128 + stop_signal);
}

// The signal reaches the shell and not the server in it.
bool is_shell(const RunFigures& run) {
  constexpr std::string_view kShells[] = {"ash", "bash", "busybox", "dash", "ksh", "mksh", "sh", "zsh"};
  return std::ranges::count(kShells, run.program) > 0;
}

// "1 of 3 copies". Empty with one copy.
std::string how_many(const RunFigures& run, bool (*is_so)(const CopyEnd&)) {
  if (!run.stop || run.stop->copies.size() < 2) return "";
  return fmt::format(" ({} of {} copies)", std::ranges::count_if(run.stop->copies, is_so), run.stop->copies.size());
}

Finding killed_finding(const RunFigures& run, const Expectations& expected) {
  const std::string signal = os::signal_name(run.stop_signal);
  const std::string grace = people_duration(expected.grace);
  Finding finding{"stop_signal", Verdict::fail, ""};
  if (run.manner == SignalDisposition::ignored) {
    finding.text = fmt::format("it ignores {}, and was killed at the end of the grace of {}", signal, grace);
    finding.advice = fmt::format(
        "name the signal that ends it (--stop-signal INT, QUIT for nginx) or handle {} in it; a longer grace would not help", signal);
  } else if (run.manner == SignalDisposition::caught) {
    finding.text = fmt::format("it hears {}, but did not end within the grace of {} and was killed", signal, grace);
    if (is_shell(run))
      finding.advice = fmt::format("a shell ({}) runs its trap only after the command in the foreground has ended: start that with exec, or "
                                   "with & and wait for it", run.program);
    else
      finding.advice = fmt::format(
        "end what keeps it running in its handler (open connections, timers), give it a longer --grace, or name another --stop-signal than "
        "{}",
        signal);
  } else {
    finding.text = fmt::format("{} did not end it within the grace of {}, and it was killed", signal, grace);
    finding.advice = "is it a script that does not pass the signal on? Write exec in wrapper scripts, or name another --stop-signal";
  }
  finding.text += how_many(run, [](const CopyEnd& each) { return each.killed; });
  return finding;
}

Finding shell_finding(const RunFigures& run, const std::string& signal) {
  return Finding{"stop_signal", Verdict::warn,
                 fmt::format("{} ends its shell ({}), which does not pass it on to what it started", signal, run.program),
                 fmt::format("write exec before the last command of the script, so that the server itself gets {} and its time", signal)};
}

// Runtimes such as Node's and Go's catch the signal for themselves and then die of it, so the mask alone does not tell; the time does.
Finding ended_by_it_finding(const RunFigures& run, const std::string& signal, bool proxied) {
  if (run.manner == SignalDisposition::caught && run.stop_time.value_or(Duration::zero()) > kAtOnce)
    return Finding{"stop_signal", Verdict::pass, fmt::format("it handles {}, then ends by it", signal)};
  if (is_shell(run) && run.left_behind > 0) return shell_finding(run, signal);
  const std::string text = fmt::format("{} ends it at once: the program does not handle it", signal);
  if (!proxied)
    return Finding{"stop_signal", Verdict::warn, text, fmt::format("what it is doing is cut: let it handle {} and finish first", signal)};
  return Finding{"stop_signal", Verdict::warn, text,
                 fmt::format("requests are safe behind lastcall, which signals it after they are answered; if it holds anything else "
                             "(jobs, buffers), handle {}",
                             signal)};
}

// It never got its stop signal from lastcall: on Heroku the platform's own comes to every process at once (G154).
Finding ended_too_soon_finding(const RunFigures& run, const Expectations& expected) {
  const std::string signal = os::signal_name(expected.platform_signal);
  if (expected.platform != "heroku")
    return Finding{"stop_signal", Verdict::fail, fmt::format("it ended during the drain, before it was told to: {}", describe(*run.end)),
                   "look at what it says: --verbose"};
  if (run.end->by_signal && run.end->value == expected.platform_signal)
    return Finding{"stop_signal", Verdict::warn, fmt::format("Heroku signals every process, and {} ends it at once: the program does not handle it", signal),
                   fmt::format("let it handle {} and go on answering: what it works on is lost with it", signal)};
  return Finding{"stop_signal", ends_in_order(*run.end, expected.platform_signal) ? Verdict::pass : Verdict::warn,
                 fmt::format("Heroku signals every process, and it ended on {} before lastcall told it to, {}", signal, describe(*run.end)),
                 ends_in_order(*run.end, expected.platform_signal) ? "" : "let it end with 0, or the platform takes a stop for a failure"};
}

// Reserve for a busier machine than the one of the rehearsal.
Duration with_room(Duration needed) { return seconds(duration_cast<seconds>(needed * 3 / 2).count() + 1); }

}  // namespace

MaybeFinding judge_stop_signal(const Measurements& measured, const Expectations& expected) {
  const RunFigures& run = measured.wrapped;
  if (!run.stopped_by_us)
    return Finding{"stop_signal", Verdict::fail,
                   run.end ? fmt::format("it ended before it was asked to: {}", describe(*run.end)) : "it ended before it was asked to",
                   "look at what it says: --verbose"};
  if (run.restarts > 0)
    return Finding{"stop_signal", Verdict::fail,
                   fmt::format("it ended by itself {} before it was asked to, and lastcall started it again",
                               run.restarts == 1 ? "once" : fmt::format("{} times", run.restarts)),
                   "look at what it says: --verbose"};
  if (run.killed) return killed_finding(run, expected);
  if (!run.end)
    return Finding{"stop_signal", Verdict::fail, "how it ended is not known: lastcall ended without a report of it",
                   "please report this: it should never happen"};
  if (run.stop_signal == 0) return ended_too_soon_finding(run, expected);
  const std::string signal = os::signal_name(run.stop_signal);
  if (run.end->by_signal && run.end->value == run.stop_signal) return ended_by_it_finding(run, signal, expected.proxied);
  if (ends_in_order(*run.end, run.stop_signal))
    return Finding{"stop_signal", Verdict::pass, fmt::format("it handles {} and ends by itself, {}", signal, describe(*run.end))};
  if (run.end->by_signal)
    return Finding{"stop_signal", Verdict::fail, fmt::format("after {} it ended by {}", signal, describe(*run.end)),
                   "that is a crash on its way out: look at what it says with --verbose"};
  return Finding{"stop_signal", Verdict::warn, fmt::format("it handles {}, but ends with {}", signal, describe(*run.end)),
                 fmt::format("let it end with 0, or the platform takes a stop for a failure; --exit-codes {}=0 hides it", run.end->value)};
}

// The grace can't grow beyond the platform's limit, so both are raised, where the limit can be.
std::string more_time(const Expectations& expected, const std::string& what) {
  if (expected.limit_setting.empty() && expected.limit)
    return fmt::format("let it end sooner: {} gives {} and no more", expected.platform, people_duration(*expected.limit));
  if (!expected.limit) return fmt::format("set {} and a --grace in which it fits", what);
  return fmt::format("set {0} and a --grace in which it fits, raise {1} with it, and say so with --platform {2}=TIME", what, expected.limit_setting,
                     expected.platform);
}

// A rehearsal has short requests, so the command has nearly the whole grace. When the drain is used up, it has much less.
MaybeFinding judge_stop_time(const Measurements& measured, const Expectations& expected) {
  const RunFigures& run = measured.wrapped;
  if (!run.stopped_by_us || run.killed || !run.stop_time) return std::nullopt;
  const std::string took = fmt::format("it ended {} after its stop signal", people_duration(*run.stop_time));
  if (expected.child_at_least == kInfinite) return Finding{"stop_time", Verdict::pass, took};
  if (*run.stop_time > expected.child_at_least)
    return Finding{"stop_time", Verdict::warn,
                   fmt::format("{}, but has only {} when requests use up the drain: it would be killed", took,
                               people_duration(expected.child_at_least)),
                   more_time(expected, fmt::format("--stop-timeout {}", format_duration(with_room(*run.stop_time))))};
  return Finding{"stop_time", Verdict::pass, fmt::format("{}; it has at least {}", took, people_duration(expected.child_at_least))};
}

MaybeFinding judge_descendants(const Measurements& measured, const Expectations&) {
  const RunFigures& run = measured.wrapped;
  if (!run.stopped_by_us) return std::nullopt;
  if (run.left_behind == 0) return Finding{"descendants", Verdict::pass, "it left no process behind"};
  return Finding{"descendants", Verdict::warn,
                 fmt::format("it left {} behind, and lastcall told {} to go",
                             run.left_behind == 1 ? "one process" : fmt::format("{} processes", run.left_behind),
                             run.left_behind == 1 ? "it" : "them"),
                 is_shell(run) ? "write exec in the script: what is left gets no time of its own"
                               : "let it end what it started: what is left gets no time of its own"};
}

// A hook that failed did not do what it was written for, whatever else went well.
MaybeFinding judge_hooks(const Measurements& measured, const Expectations& expected) {
  const RunFigures& run = measured.wrapped;
  if (expected.hooks_left_out > 0)
    return Finding{"hooks", Verdict::note,
                   fmt::format("{} not run; --run-hooks runs {} for real", counted(expected.hooks_left_out, "hook"),
                               expected.hooks_left_out == 1 ? "it" : "them")};
  if (!run.stop || run.stop->hooks.empty()) return std::nullopt;
  const auto& hooks = run.stop->hooks;
  const auto slowest = std::ranges::max_element(hooks, {}, &HookEnd::took);
  const auto bad = std::ranges::find_if(hooks, [](const HookEnd& each) { return each.end != "done"; });
  if (bad == hooks.end())
    return Finding{"hooks", Verdict::pass,
                   fmt::format("{} done, the slowest ({}) in {}", counted(hooks.size(), "hook"), slowest->name, people_duration(slowest->took))};
  const auto all = std::ranges::count_if(hooks, [](const HookEnd& each) { return each.end != "done"; });
  const std::string others = all > 1 ? fmt::format(", and {} more", all - 1) : "";
  if (bad->end == "failed")
    return Finding{"hooks", Verdict::warn, fmt::format("{} ({}) failed: {}{}", bad->name, bad->on, bad->why, others),
                   "run it by hand, as the command's user and in its directory"};
  return Finding{"hooks", Verdict::warn,
                 fmt::format("{} ({}) {}{}", bad->name, bad->on,
                             bad->end == "timed_out" ? "was cut off after " + people_duration(bad->took) : "had no time left to begin", others),
                 "give it a longer timeout and a --grace in which it fits, or less to do"};
}

MaybeFinding judge_exit_code(const Measurements& measured, const Expectations&) {
  const RunFigures& run = measured.wrapped;
  if (!run.stopped_by_us || run.outlived_limit) return std::nullopt;
  if (run.exit_code == 0) return Finding{"exit_code", Verdict::pass, "lastcall ends with exit code 0"};
  return Finding{"exit_code", run.killed ? Verdict::fail : Verdict::warn,
                 fmt::format("lastcall ends with exit code {}: {}", run.exit_code, run.exit_reason),
                 "platforms and deploy scripts take that for a failure"};
}

std::string longer(const Expectations& expected) {
  if (expected.limit_setting.empty()) return expected.limit ? more_time(expected, "") : "raise --grace";
  return fmt::format("raise {0} and --grace together{1}", expected.limit_setting,
                     expected.limit ? fmt::format(", and say so with --platform {}=TIME", expected.platform) : "");
}

MaybeFinding judge_grace(const Measurements& measured, const Expectations& expected) {
  const RunFigures& run = measured.wrapped;
  if (!run.stopped_by_us) return std::nullopt;
  const Duration limit = expected.limit.value_or(expected.grace);
  const std::string who = expected.platform;
  const std::string raise = expected.limit_setting.empty()
                                ? std::string()
                                : fmt::format(", or raise {} and say so with --platform {}=TIME", expected.limit_setting, who);
  if (run.outlived_limit)
    return Finding{"grace", Verdict::fail, fmt::format("lastcall had not ended {} after the signal", people_duration(run.total)),
                   "please report this: it should never happen"};
  if (expected.limit && (expected.grace == kInfinite || expected.grace > *expected.limit))
    return Finding{"grace", Verdict::fail,
                   fmt::format("the grace is {}, but {} kills after {}", people_duration(expected.grace), who, people_duration(limit)),
                   fmt::format("set --grace {}{}", format_duration(limit), raise)};
  const std::string took = limit == kInfinite ? fmt::format("stopped in {}, without a limit", people_duration(run.total))
                                              : fmt::format("stopped in {} of {}", people_duration(run.total), people_duration(limit));
  if (run.total > limit) return Finding{"grace", Verdict::fail, took + ": too long", longer(expected)};
  // Whoever was killed took all there is; that is said where it belongs.
  if (!run.killed && limit != kInfinite && run.total > limit / 5 * 4)
    return Finding{"grace", Verdict::warn, took + ", with short requests: there is little room for long ones", longer(expected)};
  return Finding{"grace", Verdict::pass, took};
}

}  // namespace lastcall::rehearsal
