#include "core/grace_budget.h"

#include <algorithm>
#include <string>

#include "base/duration_text.h"

namespace lastcall::core {
namespace {

constexpr Duration kSmall = seconds(4);              // below it the fixed minimums would eat the grace (decision 4)
constexpr Duration kKillReserve = milliseconds(250);  // SIGKILL, reap, flush
constexpr Duration kLastStep = seconds(1);  // what an open last step of a stop gets at least
constexpr Duration kLongestStreamDrain = seconds(5);

std::string named(const char* name, Duration value) { return std::string(name) + " " + format_duration(value); }

// Which numbers do not fit, all of them, and what to change.
Error too_much(const GraceBudget& b, const char* verdict, const std::string& advice) {
  const char* stop = b.stop_at_most == kInfinite ? "stop_timeout" : "stop.steps";
  std::string text = named("grace", b.grace) + " is too short: " + named("lame_duck", b.lame_duck) + " + ";
  if (b.drain != Duration::zero()) text += named("drain_timeout", b.drain) + " + ";
  text += named(stop, b.stop) + " + " + named("margin", b.margin) + " + " + named("kill", b.kill_reserve);
  if (b.hooks != Duration::zero()) text += " + " + named("cleanup hooks", b.hooks);
  return Error{0, text + " " + verdict + "; raise grace or lower " + advice + stop};
}

Error out_of_range(const char* name, Duration value) {
  return Error{0, named(name, value) + " does not fit into the grace; write a duration that is shorter than the grace"};
}

// An infinite part can fit only into an infinite grace; a lame duck without an end would never drain (`ctl drain` is that).
Status check_parts(const GraceOptions& options) {
  const bool finite = options.grace != kInfinite;
  const auto bad = [&](const std::optional<Duration>& part, bool bounded) {
    return part && (*part < Duration::zero() || (bounded && *part == kInfinite));
  };
  if (options.grace < Duration::zero()) return out_of_range("grace", options.grace);
  if (bad(options.lame_duck, true)) return out_of_range("lame_duck", *options.lame_duck);
  if (bad(options.drain_timeout, finite)) return out_of_range("drain_timeout", *options.drain_timeout);
  if (bad(options.stop_timeout, finite)) return out_of_range("stop_timeout", *options.stop_timeout);
  if (bad(options.stop_steps, true)) return out_of_range("stop.steps", *options.stop_steps);
  return {};
}

// C: written, or `standard`; where the stop has steps, at least long enough for all of them.
Duration stop_of(const GraceOptions& options, Duration standard) {
  const Duration alone = options.stop_timeout.value_or(standard);
  if (!options.stop_steps) return alone;
  return options.last_step_is_open ? std::max(alone, *options.stop_steps + kLastStep) : *options.stop_steps;
}

Duration at_most(const GraceOptions& options) { return options.last_step_is_open ? kInfinite : options.stop_steps.value_or(kInfinite); }

Duration plus(Duration a, Duration b) { return a > kInfinite - b ? kInfinite : a + b; }

// `whole` * `part` / `sum`, without the overflow of nanoseconds multiplied.
Duration share(Duration whole, Duration part, Duration sum) {
  return Duration(static_cast<Duration::rep>(static_cast<double>(whole.count()) * (static_cast<double>(part.count()) / static_cast<double>(sum.count()))));
}

GraceBudget without_deadline(const GraceOptions& options) {
  GraceBudget b;
  b.grace = kInfinite;
  b.kill_reserve = kKillReserve;
  b.hooks = plus(options.cleanup_hooks, options.exit_hooks);
  b.exit_hooks = options.exit_hooks;
  b.lame_duck = options.lame_duck.value_or(Duration::zero());
  b.stop = stop_of(options, kInfinite);
  b.stop_at_most = at_most(options);
  b.drain = options.drain_timeout.value_or(kInfinite);
  return b;
}

// m, k, H and the default C by the formulas of section 11.
GraceBudget shares_of(const GraceOptions& options) {
  const Duration g = options.grace;
  const bool small = g < kSmall;
  GraceBudget b;
  b.grace = g;
  b.margin = small ? g / 20 : std::clamp<Duration>(g / 20, milliseconds(250), seconds(2));
  b.kill_reserve = small ? g / 20 : kKillReserve;
  const Duration wanted = plus(options.cleanup_hooks, options.exit_hooks);
  b.hooks = std::min(wanted, g / 5);
  if (wanted > Duration::zero()) b.exit_hooks = share(b.hooks, options.exit_hooks, wanted);
  b.lame_duck = options.lame_duck.value_or(Duration::zero());
  b.stop = stop_of(options, small ? g / 4 : std::clamp<Duration>(g / 4, seconds(1), seconds(10)));
  b.stop_at_most = at_most(options);
  return b;
}

}  // namespace

Result<GraceBudget> GraceBudget::make(const GraceOptions& options) {
  TRY(check_parts(options));
  if (options.grace == kInfinite) {
    GraceBudget b = without_deadline(options);
    b.stream_drain = std::min(kLongestStreamDrain, b.drain / 4);
    return b;
  }
  GraceBudget b = shares_of(options);
  const Duration left = b.grace - b.margin - b.kill_reserve - b.hooks - b.lame_duck;  // for D and C
  if (options.drain_timeout) {
    b.drain = *options.drain_timeout;
    // Only what the user wrote can be too much: a default C makes room for a written D (decision 4), but never vanishes.
    if (!options.stop_timeout && !options.stop_steps && b.grace > Duration::zero() && b.drain < left) b.stop = std::min(b.stop, left - b.drain);
    if (b.drain + b.stop > left) return too_much(b, "do not fit into it", "lame_duck, drain_timeout or ");
  } else {
    if (b.stop > left || (b.stop == left && b.grace > Duration::zero()))
      return too_much(b, "leave nothing for the drain", "lame_duck or ");
    // Whatever the clients do, there is time to write buffers away.
    const Duration both = left - b.stop;
    b.drain = both - std::min(options.drained_hooks, both / 5);
  }
  b.stream_drain = std::min(kLongestStreamDrain, b.drain / 4);
  if (b.grace == Duration::zero()) b.kill_reserve = kKillReserve;  // a killed child still has to be reaped, to know that it is dead
  return b;
}

Deadlines GraceBudget::deadlines(TimePoint t0) const {
  Deadlines d;
  d.t0 = t0;
  d.lame = after(t0, lame_duck);
  d.drain = after(d.lame, drain);
  if (grace == kInfinite) {
    d.kill = after(d.drain, stop);
    d.reaped = after(d.kill, kill_reserve);
    d.flush = after(d.reaped, hooks - exit_hooks);
    d.exit = after(d.flush, exit_hooks);
  } else {
    d.kill = t0 + std::max(Duration::zero(), grace - margin - kill_reserve - hooks);
    d.reaped = d.kill + kill_reserve;
    d.exit = d.reaped + hooks;
    d.flush = d.exit - exit_hooks;
  }
  return d;
}

}  // namespace lastcall::core
