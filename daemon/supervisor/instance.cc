#include "supervisor/instance.h"

#include <csignal>

#include "base/log.h"
#include "config/child_environment.h"
#include "supervisor/wrong_port_hint.h"

namespace lastcall::supervisor {
namespace {

os::SpawnRequest child_request(const os::SpawnRequest& common, const ChildEndpoint& endpoint) {
  os::SpawnRequest request = common;
  request.argv = endpoint.command();
  request.env = endpoint.environment();
  return request;
}

HealthPlan health_plan(const InstancePlan& plan, const ChildEndpoint& endpoint) {
  return {.ready = plan.ready,
          .preface = plan.probe_preface,
          .live = plan.live,
          .upstream = plan.proxied ? endpoint.upstream() : Address(),
          .child = child_request(plan.child, endpoint)};
}

// Over whatever it inherits: there they name our own manager (P58).
os::SpawnRequest with_health(os::SpawnRequest request, const ChildHealth& health) {
  for (const std::string& variable : health.variables()) config::set_variable(request.env, variable);
  if (!health.variables().empty()) request.own_pid_variables.emplace_back("WATCHDOG_PID");
  return request;
}

}  // namespace

Instance::Instance(io::Loop& loop, ProcessTable& processes, ShutdownRecorder& recorder, const InstancePlan& plan, Name name,
                   ChildEndpoint endpoint, Owner& owner)
    : loop_(loop),
      recorder_(recorder),
      name_(name),
      ready_timeout_(plan.ready.timeout),
      proxied_(plan.proxied),
      port_hint_after_(plan.port_hint_after),
      owner_(owner),
      endpoint_(std::move(endpoint)),
      relay_(plan.output),
      who_{.instance = std::to_string(name.number),
           .name = plan.name + "." + std::to_string(name.number),
           .number = static_cast<int>(name.number),
           .owner = plan.child.credentials},
      health_(loop, processes, health_plan(plan, endpoint_), *this),
      process_(loop, processes, with_health(child_request(plan.child, endpoint_), health_), endpoint_.mark(), *this),
      keeper_(loop, plan.keeper, process_, endpoint_, *this),
      stop_steps_(plan.stop),
      retirement_(plan.retirement),
      next_step_(loop, [this] { take_stop_steps(); }),
      retirement_timer_(loop, [this] { owner_.on_instance_changed(*this); }),
      port_hint_(loop, [this] { hint_at_port(); }) {}

std::optional<os::SpawnFailure> Instance::start() {
  if (!health_.prepared()) return os::SpawnFailure{.error = health_.prepared().error().code, .message = health_.prepared().error().message};
  if (auto failure = open_output()) return failure;
  auto failure = keeper_.start();
  if (!failure) note_start();
  return failure;
}

std::optional<os::SpawnFailure> Instance::open_output() {
  if (relay_ == nullptr || output_) return std::nullopt;
  auto opened = InstanceOutput::open(*relay_, who_);
  if (!opened) return os::SpawnFailure{.error = opened.error().code, .message = "no pipe for its output: " + opened.error().message};
  output_ = std::move(opened).value();
  if (health_.wants_output()) output_->observe(this);
  process_.give_descriptors(output_->descriptors());
  return std::nullopt;
}

void Instance::note_start() {
  started_ = loop_.now();
  end_.reset();
  failed_ = kill_requested_ = false;
  port_hint_said_.clear();
  recorder_.child_started(name_.number, process_.pid());
  health_.on_started(process_.pid());
  if (output_) output_->started(process_.pid());
}

void Instance::on_start_failed(const os::SpawnFailure& failure) {
  keeper_.on_start_failed(failure);
  keeper_.update();
}

void Instance::await_ready() {
  if (proxied_) port_hint_.arm_after(port_hint_after_);
  health_.await_ready();
}

void Instance::stop_asking() {
  health_.stop_asking();
  port_hint_.disarm();
}

void Instance::update(const core::WorkerLedger& ledger) {
  keeper_.update();
  if (!retirement_.running()) return;
  retirement_.on_facts({.sealed = ledger.all_sealed(name_.id),
                        .finite = ledger.finite_at(name_.id),
                        .main_runs = process_.running(),
                        .gone = process_.gone()},
                       loop_.now());
  take_retire_actions();
}

void Instance::on_service_ending() {
  health_.on_service_ending();
  (void)keeper_.on_service_ending();
  ended_ = ended_ || !process_.running();  // between two children
}

proto::InstanceState Instance::state() const {
  if (ended_ || left_) return proto::InstanceState::gone;
  if (retired_) return proto::InstanceState::retiring;
  return ready_ ? proto::InstanceState::ready : proto::InstanceState::starting;
}

// Of the next one, where this one ended and another follows, nothing is final yet.
std::optional<core::FinalEnd> Instance::final_end() const {
  if (!end_) return std::nullopt;
  return core::FinalEnd{.end = *end_,
                        .stop_signals = {stop_steps_.sent().begin(), stop_steps_.sent().end()},
                        .gave_up = keeper_.gave_up(),
                         .not_alive = not_alive_};
}

void Instance::become_ready() {
  port_hint_.disarm();
  if (const auto obstacle = endpoint_.keeps_worker_out())
    name(log_warn("upstream_out_of_reach")("upstream", endpoint_.upstream().to_string())("obstacle", *obstacle)(
        "hint", "every request will fail: open it to that user, for example with a group that both have, or set worker_user to one that may"));
  keeper_.on_ready();
  ready_ = true;
  owner_.on_instance_ready(*this);
  was_ready_ = true;
}

void Instance::retire() {
  if (retired_ || ended_) return;
  retired_ = true;
  stop_asking();
  on_service_ending();  // of this copy it is the end as well
  retirement_.begin(loop_.now());
  take_retire_actions();
}

void Instance::clear_up() {
  retirement_.on_facts({.sealed = true, .finite = 0, .main_runs = false, .gone = process_.gone()}, loop_.now());
  retirement_.skip_drain(loop_.now());
  take_retire_actions();
}

void Instance::take_retire_actions() {
  while (const auto action = retirement_.next_action()) carry_out(*action);
  retirement_timer_.arm_at(retirement_.deadline());
}

void Instance::carry_out(core::RetireAction action) {
  switch (action) {
    case core::RetireAction::seal: return owner_.on_seal_wanted(*this);
    case core::RetireAction::stop_main: return stop();
    case core::RetireAction::signal_rest: return signal_rest();
    case core::RetireAction::kill_all: return kill();
    case core::RetireAction::report_gone:
      left_ = true;
      return owner_.on_instance_left(*this);
  }
}

void Instance::stop() {
  stop_steps_.start(loop_.now());
  take_stop_steps();
}

// One after the other to the main process; what it left behind is none of theirs.
void Instance::take_stop_steps() {
  loop_.refresh();
  while (const auto signal = stop_steps_.next_signal(loop_.now())) {
    if (!process_.stop(*signal)) return stop_steps_.end();
    recorder_.child_signalled(name_.number, *signal, loop_.now());
  }
  next_step_.arm_at(stop_steps_.deadline());
}

void Instance::end_stop_steps() {
  stop_steps_.end();
  next_step_.disarm();
}

void Instance::kill() {
  end_stop_steps();
  kill_all();
}

void Instance::kill_on_request() {
  kill_requested_ = true;
  kill_all();
}

void Instance::kill_all() {
  if (process_.gone()) return;
  recorder_.child_killed(name_.number, loop_.now());
  process_.kill_all();
}

void Instance::resume() {
  process_.resume();
  health_.on_resumed();
}

void Instance::signal_rest() {
  rest_signalled_ = true;
  recorder_.descendants_signalled(name_.number, process_.signal_descendants(), loop_.now());
}

void Instance::on_main_exited() {
  end_ = core::ChildEnd{.by_signal = process_.exit()->signaled, .value = process_.exit()->value};
  recorder_.child_exited(name_.number, *process_.exit(), loop_.now());
  const bool asked = kill_requested_ || !stop_steps_.sent().empty();
  if (failed_ || (!asked && os::shell_code(*process_.exit()) != 0)) owner_.on_instance_crashed(*this);
  keeper_.on_exited(kill_requested_);
}

// Before the next one can write a word: the last lines are this one's.
void Instance::on_nothing_left() {
  if (output_) output_->ended();
  owner_.on_instance_changed(*this);
}

// No new request to it: what comes goes to the other copies, or waits in the workers until the next one is ready (G64).
void Instance::on_child_held() {
  health_.on_held();
  port_hint_.disarm();
  ready_ = false;
  owner_.on_instance_held(*this);
}

void Instance::on_child_started() {
  ++restarts_;
  note_start();
  health_.await_ready();
  owner_.on_instance_changed(*this);  // nobody must believe for longer that nothing of it is left
}

void Instance::on_child_ended(std::optional<int> exec_failure) {
  end_stop_steps();  // not before: the next child would have none
  if (exec_failure) {
    end_ = core::ChildEnd{.by_signal = false, .value = *exec_failure};
    recorder_.child_exited(name_.number, {.signaled = false, .value = *exec_failure}, loop_.now());
  }
  ready_ = false;
  ended_ = true;
  owner_.on_instance_ended(*this);
}

void Instance::on_never_ready(const std::string& last_answer) {
  name(log_error("child_not_ready")("upstream", proxied_ ? endpoint_.upstream().to_string() : "none")("waited_ms", to_ms(ready_timeout_))(
      "last_answer", last_answer));
  if (proxied_) hint_at_port();
  if (proxied_ && !endpoint_.upstream().is_unix() && listens_nowhere(process_.processes()))
    name(log_warn("no_port")("hint", "the command listens on no port yet: is it slow (--ready-timeout), or does it serve nobody (--no-proxy)?"));
  if (!keeper_.restarts()) return owner_.on_instance_never_ready(*this);
  failed_ = true;
  keeper_.on_unhealthy();
}

// A watchdog's SIGABRT is what systemd sends as well: a core dump or a traceback says where the child hangs.
void Instance::on_not_alive(const ChildHealth::NotAlive& how) {
  not_alive_ = !keeper_.restarts();
  failed_ = true;
  name(log_error("child_not_alive")("why", how.why)(
      "what_follows", not_alive_ ? "it is ended, and the service with it: restart.policy is never" : "it is ended, and restart.policy decides"));
  keeper_.on_unhealthy(how.by_watchdog ? std::optional(SIGABRT) : std::nullopt);
}

// Who is asked to stop may have longer than its steps, or than a copy that leaves alone has by default; never longer than the grace.
void Instance::on_more_time_wanted(Duration from_now) {
  if (stop_steps_.sent().empty()) return owner_.on_instance_changed(*this);
  if (!process_.running()) return;
  name(log_debug("child_wants_time")("ms", to_ms(from_now)));
  stop_steps_.extend(after(loop_.now(), from_now));
  take_stop_steps();
  retirement_.extend(from_now, loop_.now());
  take_retire_actions();
  owner_.on_more_time_wanted(*this, from_now);
}

void Instance::hint_at_port() {
  const auto hint = wrong_port_hint(endpoint_.upstream(), endpoint_.assigned_port(), process_.processes());
  if (!hint || *hint == port_hint_said_) return;
  port_hint_said_ = *hint;
  name(log_warn("wrong_port")("hint", *hint));
}

InstanceFacts Instance::facts() const {
  return {.number = name_.number,
          .state = retired_ ? "retiring" : to_string(keeper_.state()),
          .pid = process_.running() ? process_.pid() : 0,
          .started = started_,
          .restarts = restarts_,
          .ready_deadline = health_.ready_deadline(),
          .upstream = proxied_ ? endpoint_.upstream().to_string() : std::string(),
          .status = process_.running() ? health_.status() : std::string()};
}

}  // namespace lastcall::supervisor
