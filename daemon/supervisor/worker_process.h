// One worker process seen from above: its birth (docs/design.md 1.1), its end of the channel, its counters page, its death. Turns bytes
// into messages and kills what breaks the rules: an unknown message, another build, a queue that nobody reads. It is gone when it was
// reaped and everything that it said before was read. Knows no phase. Owned by WorkerProcesses; supervisor process only.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "core/worker_ledger.h"
#include "io/channel.h"
#include "os/memfd.h"
#include "os/privileges.h"
#include "os/spawn.h"
#include "proto/channel_message.h"
#include "proto/counters_page.h"
#include "supervisor/process_table.h"

namespace lastcall::supervisor {

// What every worker is made from; made once.
struct WorkerPlan {
  UniqueFd executable;  // our own binary (O_PATH), so that a replacement is always the same version
  UniqueFd settings;    // sealed text
  std::vector<int> listeners;
  UniqueFd access_log;  // a worker has no right to open it; none: off
  std::optional<os::Credentials> credentials;
};

class WorkerProcess final : private io::Channel::Owner {
 public:
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_worker_message(WorkerProcess& worker, const proto::ToSupervisor& message) = 0;
    virtual void on_worker_gone(WorkerProcess& worker) = 0;  // must not destroy it at once
  };
  // Gives up the plan's credentials where this system refuses them (a container without CAP_SETUID), and says so.
  static Result<std::unique_ptr<WorkerProcess>> start(io::Loop& loop, ProcessTable& processes, WorkerPlan& plan,
                                                      core::WorkerId id, Owner& owner);

  core::WorkerId id() const { return id_; }
  int pid() const { return pid_; }
  bool gone() const { return exit_ && closed_; }
  const std::optional<os::ExitStatus>& exit() const { return exit_; }
  bool greeted() const { return greeted_; }
  const proto::CountersPage& counters() const { return *static_cast<const proto::CountersPage*>(page_.data()); }

  // `state`: a newer message of the type may replace an older one that is still queued.
  template <class Body>
  void send(const Body& body, bool state = false) {
    send_bytes(proto::encode(body, seq_++), state ? Body::kType : 0, {});
  }
  void send_connection(std::uint32_t listener, UniqueFd connection);
  void send_list(std::uint64_t number, UniqueFd memory);
  void send_log(const proto::message::ReopenLog& log, UniqueFd file);
  void kill(const char* why);

  void ping();  // once a second while it has something to do; one that has not answered for five is killed

 private:
  WorkerProcess(io::Loop& loop, core::WorkerId id, Owner& owner, os::Spawned process, UniqueFd channel, os::Mapping page);
  void on_end(const os::ExitStatus& status);
  void kill_quietly();
  void send_with(const std::string& bytes, UniqueFd descriptor);
  void send_bytes(const std::string& bytes, std::uint32_t key, std::vector<UniqueFd> descriptors);
  void on_channel_message(std::span<const char> bytes, std::vector<UniqueFd> descriptors) override;
  void on_channel_closed() override;
  bool greet(const proto::message::Hello& hello);

  core::WorkerId id_;
  Owner& owner_;
  int pid_;
  UniqueFd pidfd_;
  ProcessTable::Watch watch_;
  os::Mapping page_;
  std::uint32_t seq_ = 1;
  std::uint64_t pings_ = 0;
  int unanswered_ = 0;
  bool greeted_ = false;
  bool finished_ = false;
  bool killed_ = false;
  bool closed_ = false;
  std::optional<os::ExitStatus> exit_;
  io::Channel channel_;
};

}  // namespace lastcall::supervisor
