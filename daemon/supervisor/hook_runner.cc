#include "supervisor/hook_runner.h"

#include "base/log.h"
#include "config/child_environment.h"
#include "io/callback_timer.h"
#include "supervisor/command_run.h"
#include "supervisor/http_call.h"

namespace lastcall::supervisor {
namespace {

using Kind = core::HookEnd::Kind;

constexpr std::size_t kAnswerKept = 16 * 1024;  // two counts and what somebody prints before them

std::vector<core::Hook> hooks_of(const std::vector<config::HookSettings>& settings) {
  std::vector<core::Hook> hooks;
  for (const config::HookSettings& each : settings) hooks.push_back(each.hook);
  return hooks;
}

core::HookEnd failed(std::string why) { return {.kind = Kind::failed, .why = std::move(why)}; }

core::HookEnd timed_out() { return {.kind = Kind::timed_out, .why = "cut at its timeout"}; }

core::HookEnd end_of(const CommandResult& result) {
  if (result.end == CommandResult::End::timed_out) return timed_out();
  if (!result.ok()) return failed(describe(result));
  const BufferCounts counts = read_buffer_counts(result.output);
  return {.why = {}, .flushed = counts.flushed, .dropped = counts.dropped};
}

}  // namespace

// What is under way for one hook: one of the three.
struct HookRunner::Run {
  Run(io::Loop& loop, core::HookId which, TimePoint end, std::function<void()> on_timeout)
      : id(which), until(end), timeout(loop, std::move(on_timeout)) {}
  core::HookId id;
  TimePoint until;
  std::unique_ptr<CommandRun> command;
  std::vector<std::unique_ptr<HttpCall>> requests;
  std::size_t answers_missing = 0;
  core::HookEnd sum;         // of the answers so far
  io::CallbackTimer timeout; // of a handler
};

HookRunner::HookRunner(io::Loop& loop, ProcessTable& processes, const std::vector<config::HookSettings>& hooks, Owner& owner)
    : loop_(loop), processes_(processes), settings_(hooks), owner_(owner), plan_(hooks_of(hooks)) {}

HookRunner::~HookRunner() = default;

void HookRunner::begin(core::HookEvent event, TimePoint until, const core::HookOccasion& about) {
  plan_.begin(event, about, until);
  advance();
}

void HookRunner::cut(core::HookEvent event, const std::string& why) {
  if (plan_.left(event) == 0) return;
  plan_.skip(event, why, loop_.now());
  if (const auto id = plan_.running(event)) {
    runs_.erase(*id);
    plan_.on_end(*id, {.kind = Kind::timed_out, .why = why}, loop_.now());
  }
  tell();
}

core::HookRefusal HookRunner::register_hook(core::HookEvent on, std::string_view name, Duration timeout, int peer) {
  const core::HookRefusal refusal = plan_.register_hook(on, name, timeout, owner_.copy_of(peer));
  if (refusal == core::HookRefusal::none) owner_.on_hook_registered();
  return refusal;
}

bool HookRunner::unregister(std::string_view name) {
  if (!plan_.unregister(name)) return false;
  owner_.on_hook_registered();
  owner_.on_hooks_changed();
  return true;
}

void HookRunner::bury_orphans(const std::function<bool(const core::CopyLife&)>& lives, bool ending) {
  const std::vector<core::HookId> orphans = plan_.orphans(lives);
  if (orphans.empty()) return;
  for (const core::HookId id : orphans) {
    const core::Hook& hook = plan_.hook(id);
    if (!ending) log_info("hook_dropped")("on", to_string(hook.on))("name", hook.name)("why", "the copy of the command that registered it has ended");
    runs_.erase(id);
    plan_.bury(id, ending, loop_.now());
  }
  owner_.on_hook_registered();
  advance();
}

bool HookRunner::answer(std::string_view name, core::HookEnd end) {
  const auto id = plan_.running(name);
  if (!id) return false;
  finish(*id, std::move(end));
  return true;
}

void HookRunner::advance() {
  if (advancing_) return;
  advancing_ = true;
  while (const auto next = plan_.next_start(loop_.now())) start(*next);
  advancing_ = false;
  tell();
}

void HookRunner::start(const core::HookStart& start) {
  const core::Hook& hook = plan_.hook(start.id);
  const HookSituation situation = owner_.hook_situation(hook.on, start.about);
  const HookCallText call{hook, start.about, start.until - loop_.now(), situation};
  auto run = std::make_unique<Run>(loop_, start.id, start.until, [this, id = start.id] { finish(id, timed_out()); });
  Run& made = *run;
  runs_[start.id] = std::move(run);
  if (hook.registered) return call_handler(made, call);
  const config::HookSettings& what = settings_[start.id];  // the configured ones have the first ids
  what.http ? send_requests(made, call, *what.http) : run_command(made, call, what.run);
}

void HookRunner::run_command(Run& run, const HookCallText& call, const std::vector<std::string>& command) {
  CommandRequest request{.name = "hook " + call.hook.name, .spawn = owner_.hook_command(call.about.copy), .timeout = call.time, .marked = true};
  request.spawn.argv = command;
  for (const std::string& variable : hook_variables(call)) config::set_variable(request.spawn.env, variable);
  if (call.hook.on == core::HookEvent::drained) request.keep_output = kAnswerKept;
  run.command = std::make_unique<CommandRun>(loop_, processes_, std::move(request),
                                             [this, id = run.id](const CommandResult& result) { finish(id, end_of(result)); });
}

// To every copy of the child at once, as each has buffers of its own; to the one that is ready, where that is what it is about.
void HookRunner::send_requests(Run& run, const HookCallText& call, const config::HookRequest& wanted) {
  const std::vector<Address> targets = wanted.address ? std::vector{*wanted.address} : owner_.hook_targets(call.hook.on == core::HookEvent::started ? call.about.copy : std::nullopt);
  run.answers_missing = targets.size();
  if (targets.empty()) return finish(run.id, failed("no copy of the command runs that could be asked"));
  for (const Address& target : targets) {
    HttpCallRequest request{.target = target, .method = wanted.method, .path = wanted.path, .timeout = call.time, .body_limit = kAnswerKept};
    if (wanted.method != "GET" && wanted.method != "HEAD") {
      request.headers = {{"Content-Type", "application/json"}};
      request.body = hook_json(call);
    }
    run.requests.push_back(std::make_unique<HttpCall>(loop_, std::move(request), [this, id = run.id, until = run.until](const HttpAnswer& answer) {
      on_answer(id, until, answer.status, answer.body, answer.error);
    }));
  }
}

void HookRunner::call_handler(Run& run, const HookCallText& call) {
  const bool heard = announce_ && announce_(hook_json(call));
  heard ? run.timeout.arm_at(run.until) : finish(run.id, failed("nobody listens on the event stream"));
}

// One that fails makes the whole hook fail, but the counts of all are kept.
void HookRunner::on_answer(core::HookId id, TimePoint until, int status, const std::string& body, const std::string& error) {
  Run& run = *runs_.at(id);
  if (!error.empty())
    run.sum.why = error, run.sum.kind = loop_.now() >= until ? Kind::timed_out : Kind::failed;
  else if (status < 200 || status > 299)
    run.sum.why = "HTTP " + std::to_string(status), run.sum.kind = Kind::failed;
  const BufferCounts counts = read_buffer_counts(body);
  run.sum.flushed += counts.flushed;
  run.sum.dropped += counts.dropped;
  if (--run.answers_missing == 0) finish(id, core::HookEnd(run.sum));
}

void HookRunner::finish(core::HookId id, core::HookEnd end) {
  runs_.erase(id);
  plan_.on_end(id, std::move(end), loop_.now());
  advance();
}

void HookRunner::tell() {
  bool news = false;
  while (const auto record = plan_.next_record()) {
    owner_.on_hook_ended(*record);
    news = true;
  }
  if (news) owner_.on_hooks_changed();
}

}  // namespace lastcall::supervisor
