// Waits until the child is ready: for its own word where it has to say so, and then by asking, again and again, soon at first and then ten times
// a second, until the first good answer (decision 11). Ends by calling back once, with readiness or with what it knew last at the timeout.
// Never blocks, never asks twice at once and never touches the child itself. Owned by ChildHealth; supervisor process only.
#pragma once

#include <optional>
#include <string>

#include "supervisor/probe_attempt.h"

namespace lastcall::supervisor {

class ReadinessProbe {
 public:
  struct Options {
    std::string awaited_word = {};               // what the child has to say first, for people: "READY=1"; empty: nothing
    std::vector<ProbeQuestion> questions = {};   // each to be answered well once, in this order; may be none
    Duration timeout = seconds(60);
  };
  struct Owner {
    virtual ~Owner() = default;
    virtual void on_probe_ready() = 0;
    virtual void on_probe_timeout(const std::string& last_answer) = 0;  // "Connection refused", "HTTP 503"
    // A Unix socket of the child may just have appeared: called before each attempt.
    virtual void before_probe() = 0;
  };
  ReadinessProbe(io::Loop& loop, ProcessTable& processes, Options options, Owner& owner);

  void start();
  void cancel();
  void on_word();                      // the child said it; again, or unasked: nothing happens
  void note(const std::string& word);  // something else that it said, to be told where it is never ready
  void extend(Duration wanted);        // it asks for so much from now; never more than ten times the timeout in all
  bool running() const { return running_; }
  TimePoint deadline() const { return running_ ? timeout_.due() : kNever; }  // kNever also where there is none
  const std::string& last_answer() const { return last_answer_; }

 private:
  void go_on();  // the next question, or ready
  void ask();
  void on_answer(bool well, const std::string& answer);
  void on_timeout();

  io::Loop& loop_;
  ProcessTable& processes_;
  Options options_;
  Owner& owner_;
  bool running_ = false;
  bool word_said_ = false;
  std::size_t question_ = 0;
  Duration pause_{};
  TimePoint latest_ = kNever;  // beyond which no extension goes
  std::string last_answer_ = "never tried";
  std::optional<ProbeAttempt> attempt_;
  io::CallbackTimer next_;
  io::CallbackTimer timeout_;
};

}  // namespace lastcall::supervisor
