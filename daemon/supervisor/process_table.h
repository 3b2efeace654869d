// The processes that the supervisor started itself, and who wants to hear of each one's end: copies of the child, workers, hook commands,
// probes. The only place in the supervisor that collects the dead (G44), adopted orphans among them, in bounded passes (P20). Knows which
// processes below us are not the child's, so that nobody takes a worker or a hook for something that the child left behind. Owned by the
// service, before and after everything that watches; supervisor process only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "io/loop.h"
#include "os/process_tree.h"
#include "os/reaper.h"

namespace lastcall::supervisor {

class ProcessTable final : private io::Deferred {
 public:
  enum class Side : std::uint8_t {
    child,  // it and what it starts is stopped, killed and waited for with the service's command
    own,    // ours: worker, hook, probe. It and what it starts is never taken for the child's
  };
  using OnEnd = std::function<void(const os::ExitStatus&)>;

  // Whoever holds it is told of the end, once; who lets go of it is not. The process is collected either way.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept { swap(other); }
    Watch& operator=(Watch&& other) noexcept;
    ~Watch();

   private:
    friend class ProcessTable;
    Watch(ProcessTable& table, int pid, std::uint64_t entry) : table_(&table), pid_(pid), entry_(entry) {}
    void swap(Watch& other) noexcept;
    ProcessTable* table_ = nullptr;
    int pid_ = 0;
    std::uint64_t entry_ = 0;  // the number may be used again
  };

  // `after_pass`: these ended, watched or not, and their watchers have been told.
  using AfterPass = std::function<void(std::span<const os::Reaped>)>;
  ProcessTable(io::Loop& loop, AfterPass after_pass);

  // In the turn in which it was spawned: nothing is collected before that is over.
  [[nodiscard]] Watch watch(int pid, Side side, OnEnd on_end);

  void reap();  // after SIGCHLD; a burst is taken in several turns

  // What lives below us now and was not watched belongs to somebody else: `exec > >(tee log); exec lastcall ...` makes tee our child, and it
  // lives until we leave. Only the first call counts.
  void note_strangers();
  void disown(const os::Process& process);  // nothing ends it, so nobody shall wait for it any more

  // What one of ours starts with this variable ("LASTCALL_COPY=1234.run7") is ours too, also as an orphan.
  std::string new_mark();
  void forget_mark(const std::string& mark);

  std::vector<int> not_the_childs() const;  // living ones
  bool any_own() const;                     // one of ours, whoever waits for it

 private:
  struct Entry {
    std::uint64_t number;
    Side side;
    OnEnd on_end;
  };
  void on_deferred() override { reap(); }
  void forget(int pid, std::uint64_t entry);

  io::Loop& loop_;
  AfterPass after_pass_;
  std::map<int, Entry> entries_;
  std::map<int, Entry> ended_;  // of this pass, not all told yet
  std::map<int, std::uint64_t> strangers_;  // with their start times: a number may be used again
  bool strangers_noted_ = false;
  std::uint64_t next_ = 1;
  std::vector<std::string> marks_;  // of those that run now
  std::uint64_t next_mark_ = 1;
};

}  // namespace lastcall::supervisor
