// Runs the hooks that core::HookPlan puts in order: commands beside the child, HTTP requests to the child or elsewhere, and handlers that
// somebody registered over the control socket and that are called on its event stream. Each is cut at its time, each failure stays its own;
// what became of it goes to the owner. It decides neither when an event is due nor who waits. Owned by the service; supervisor process only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/hook_settings.h"
#include "core/hook_plan.h"
#include "os/spawn.h"
#include "supervisor/hook_message.h"
#include "supervisor/process_table.h"

namespace lastcall::supervisor {

class HookRunner {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual HookSituation hook_situation(core::HookEvent, const core::HookOccasion&) const = 0;  // now
    // As the child is started, or this copy of it, without its command; and where the copies, or it alone, listen.
    virtual os::SpawnRequest hook_command(std::optional<std::uint32_t> copy) const = 0;
    virtual std::vector<Address> hook_targets(std::optional<std::uint32_t> copy) const = 0;
    virtual void on_hook_ended(const core::HookRecord& record) = 0;
    virtual void on_hooks_changed() = 0;                         // left() of some event; after on_hook_ended()
    virtual std::optional<core::CopyLife> copy_of(int pid) const = 0;  // that it belongs to now
    virtual void on_hook_registered() = 0;                       // wanted() of some event
  };
  HookRunner(io::Loop& loop, ProcessTable& processes, const std::vector<config::HookSettings>& hooks, Owner& owner);
  ~HookRunner();

  const core::HookPlan& plan() const { return plan_; }
  void begin(core::HookEvent event, TimePoint until, const core::HookOccasion& about = {});
  // None of this event's runs on: they are killed, and those that wait are told as skipped. Nothing where all have ended.
  void cut(core::HookEvent event, const std::string& why);

  // Registered handlers. `announce` sends the text to all who listen on the event stream; false: nobody does, and the handler has failed.
  void announce_through(std::function<bool(const std::string& json)> announce) { announce_ = std::move(announce); }
  // `peer`: the process that asks; 0: unknown.
  core::HookRefusal register_hook(core::HookEvent on, std::string_view name, Duration timeout, int peer = 0);
  // Those of copies that have ended: nobody will answer, so nobody waits for them.
  void bury_orphans(const std::function<bool(const core::CopyLife&)>& lives, bool ending);
  bool unregister(std::string_view name);                      // false: there is none, or it runs
  bool answer(std::string_view name, core::HookEnd end);       // false: no handler of this name runs

 private:
  struct Run;
  void advance();
  void start(const core::HookStart& start);
  void run_command(Run& run, const HookCallText& call, const std::vector<std::string>& command);
  void send_requests(Run& run, const HookCallText& call, const config::HookRequest& request);
  void call_handler(Run& run, const HookCallText& call);
  void on_answer(core::HookId id, TimePoint until, int status, const std::string& body, const std::string& error);
  void finish(core::HookId id, core::HookEnd end);
  void tell();

  io::Loop& loop_;
  ProcessTable& processes_;
  const std::vector<config::HookSettings>& settings_;  // in the order of the plan's first ids
  Owner& owner_;
  core::HookPlan plan_;
  std::function<bool(const std::string&)> announce_;
  std::map<core::HookId, std::unique_ptr<Run>> runs_;
  bool advancing_ = false;
};

}  // namespace lastcall::supervisor
