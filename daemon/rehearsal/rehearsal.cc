#include "rehearsal/rehearsal.h"

#include <algorithm>
#include <csignal>

#include "core/grace_budget.h"
#include "os/reaper.h"
#include "rehearsal/judgement.h"

namespace lastcall::rehearsal {
namespace {

// A command that had to be killed once will be again: that need not take the whole grace twice.
constexpr Duration kSecondKill = seconds(2);

// Where each platform's limit is written (docs/operations.md); Heroku's and Cloud Run's are fixed.
constexpr std::pair<std::string_view, std::string_view> kLimitSettings[] = {{"kubernetes", "terminationGracePeriodSeconds"},
                                                                            {"fly", "kill_timeout"},
                                                                            {"ecs", "stopTimeout"},
                                                                            {"systemd", "TimeoutStopSec"},
                                                                            {"container", "docker stop --time"}};

}  // namespace

Expectations expectations_of(const config::Settings& settings, const RehearseOptions& options) {
  Expectations expected;
  expected.platform = options.platform.name == "container" ? "docker" : options.platform.name;
  for (const auto& [platform, setting] : kLimitSettings)
    if (platform == options.platform.name) expected.limit_setting = setting;
  expected.platform_signal = options.platform.stop_signal;
  if (options.platform_given) expected.limit = options.platform.grace;
  expected.grace = settings.grace.grace;
  if (const auto budget = core::GraceBudget::make(settings.grace)) expected.child_at_least = budget.value().stop;
  expected.upstream_idle = settings.timeouts.upstream_idle;
  if (!options.run_hooks) expected.hooks_left_out = settings.hooks.size();
  expected.proxied = !settings.no_proxy;
  expected.own_load = expected.proxied && !options.wait;
  expected.strict = options.strict;
  return expected;
}

Rehearsal::Rehearsal(io::Loop& loop, io::Poller& poller, Setup setup, Owner& owner)
    : loop_(loop), poller_(poller), setup_(std::move(setup)), owner_(owner) {
  // What was addressed to us by option variables is in the settings, and must not be said twice.
  setup_.environment = config::stripped_environment(setup_.environment);
  outcome_.expected = expectations_of(setup_.settings, setup_.options);
}

void Rehearsal::begin(RunPlan plan) {
  const Run::Surroundings around{setup_.inherited, setup_.executable, setup_.environment, setup_.options};
  run_.reset(new Run(loop_, poller_, std::move(plan), around, *this));
}

Status Rehearsal::start() {
  RunPlan plan = TRY(plan_wrapped_run(setup_.settings, setup_.options));
  begin(std::move(plan));
  return run_->start();
}

void Rehearsal::interrupt(int signal) {
  const bool first = outcome_.interrupted == 0;
  if (setup_.options.wait && first && run_->ready() && !run_->figures().stopped_by_us) return run_->stop();
  if (first) outcome_.interrupted = signal;
  run_->abort();
}

void Rehearsal::reap() {
  while (os::reap(os::kReapLimit, [this](const os::Reaped& each) { run_->on_reaped(each.pid, each.status); }) == os::kReapLimit) {
  }
}

std::string Rehearsal::status() const { return (run_->plan().wrapped ? "rehearsal: " : "without lastcall: ") + run_->status(); }

void Rehearsal::on_run_ended() {
  outcome_.complaints.insert(outcome_.complaints.end(), run_->complaints().begin(), run_->complaints().end());
  if (run_->plan().wrapped) return first_ended();
  if (run_->ready() && run_->figures().stopped_by_us)
    outcome_.measured.bare = run_->figures();
  else
    outcome_.measured.not_compared = "it did not become ready there";
  conclude();
}

void Rehearsal::first_ended() {
  outcome_.measured.wrapped = run_->figures();
  outcome_.measured.idle = run_->idle();
  outcome_.last_words.assign(run_->last_words().begin(), run_->last_words().end());
  outcome_.ran = run_->ready();
  // For a start it is one that never becomes ready.
  outcome_.exit_code = run_->gave_up() ? static_cast<int>(core::ExitCode::never_ready) : run_->figures().exit_code;
  if (!outcome_.ran || outcome_.interrupted != 0) return owner_.on_rehearsal_ended();
  if (!start_comparison()) conclude();
}

std::string Rehearsal::why_not_compared() const {
  if (setup_.options.wait) return "the traffic was yours";
  if (!outcome_.measured.wrapped.stopped_by_us) return "it ended before it was asked to";
  if (setup_.settings.forward.proxy_send != config::ProxySend::off) return "the command expects a PROXY header, which only lastcall sends";
  return "";
}

bool Rehearsal::start_comparison() {
  if (!setup_.options.compare || setup_.settings.no_proxy) return false;
  outcome_.measured.not_compared = why_not_compared();
  if (!outcome_.measured.not_compared.empty()) return false;
  Duration grace = setup_.settings.grace.grace;
  if (outcome_.measured.wrapped.killed) grace = std::min<Duration>(grace, kSecondKill);
  auto plan = plan_bare_run(setup_.settings, setup_.options, grace);
  if (!plan) {
    outcome_.measured.not_compared = plan.error().message;
    return false;
  }
  ended_.push_back(std::move(run_));
  begin(std::move(plan).value());
  if (const Status started = run_->start(); !started) {
    outcome_.measured.not_compared = started.error().message;
    return false;
  }
  return true;
}

void Rehearsal::conclude() {
  outcome_.judgement = judge(outcome_.measured, outcome_.expected);
  owner_.on_rehearsal_ended();
}

}  // namespace lastcall::rehearsal
