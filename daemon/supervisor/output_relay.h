// The children's standard output and standard error on their way through us to ours, where the lines shall bear the instance's name or
// be JSON, or where somebody has to see them. Two sinks, one where both of our descriptors are the same file, and any number of instances
// that write into them; one reader in turn, each at most a buffer at a time, so that a flood starves nobody. Decides nothing about the
// children. Owned by the service; supervisor process only.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/settings.h"
#include "proto/output_line.h"
#include "supervisor/output_sink.h"

namespace lastcall::supervisor {

class InstanceOutput;

enum class OutputStream : std::uint8_t { standard_output, standard_error };

struct OutputOptions {
  config::OutputMode mode = config::OutputMode::pass;
  std::array<bool, 2> color{};             // of the prefix, for each stream
  std::function<void()> before_write = {}; // something else stands on the terminal's last line: take it away
  std::array<int, 2> descriptors{1, 2};    // ours; others in tests
};

class OutputRelay {
 public:
  // `on_settled`: after finish(), when nothing is owed to anybody who reads.
  OutputRelay(io::Loop& loop, OutputOptions options, std::function<void()> on_settled);

  config::OutputMode mode() const { return options_.mode; }
  bool color(OutputStream stream) const { return options_.color[static_cast<std::size_t>(stream)]; }
  OutputSink& sink(OutputStream stream);

  void service_ends(Duration patience);  // with a reader who takes nothing
  void finish();                         // what lies in the pipes, and then what lies here
  bool settled() const;
  void give_up();  // counts what is left as dropped; says so, once for all that was
  io::Loop& loop() { return loop_; }

 private:
  friend class InstanceOutput;
  std::span<char> buffer() { return *buffer_; }
  void on_room();

  io::Loop& loop_;
  OutputOptions options_;
  std::function<void()> on_settled_;
  std::unique_ptr<os::SharedOutput> standard_output_;  // none where it is the same file as standard error
  std::unique_ptr<os::SharedOutput> standard_error_;   // none where the log goes there
  std::vector<std::unique_ptr<OutputSink>> sinks_;     // one or two
  std::unique_ptr<std::array<char, 64 * 1024>> buffer_;
  std::vector<InstanceOutput*> instances_;
  bool finishing_ = false;
};

}  // namespace lastcall::supervisor
