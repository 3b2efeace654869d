// Asks every worker who is connected, and waits for their answers no longer than half a second: a worker that hangs must not make anybody wait.
// Lends each of them memory of its own and reads it once it says so. Who asks while a question is under way gets the same answer. Owned by
// WorkerProcesses; supervisor process only.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/unique_fd.h"
#include "io/callback_timer.h"
#include "os/memfd.h"
#include "proto/connection_list.h"

namespace lastcall::supervisor {

struct Connections {
  std::vector<proto::ConnectionRow> rows;  // oldest first
  bool complete = true;                    // false: a worker did not answer, or had more than a list holds
};

class ConnectionQuery {
 public:
  using Answer = std::function<void(const Connections&)>;
  explicit ConnectionQuery(io::Loop& loop) : timeout_(loop, [this] { conclude(); }) {}

  bool add_asker(Answer answer);  // true: the first one, so the workers are to be asked now
  std::uint64_t number() const { return number_; }
  Result<UniqueFd> lend(std::uint64_t worker);  // what that worker writes into
  void asked();                                 // every worker was

  void on_listed(std::uint64_t worker, std::uint64_t number);
  void on_worker_gone(std::uint64_t worker);

 private:
  struct Part {
    std::uint64_t worker;
    os::Mapping memory;
    bool written = false;
  };
  void conclude_if_all_there();
  void conclude();

  std::vector<Answer> askers_;
  std::vector<Part> parts_;
  std::uint64_t number_ = 0;
  bool all_asked_ = false;
  io::CallbackTimer timeout_;
};

}  // namespace lastcall::supervisor
