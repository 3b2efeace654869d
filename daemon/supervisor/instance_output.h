// One instance's two pipes, which all its processes write to, one life after the other: cut into lines, shown to whoever watches, formatted
// and handed to the sinks. Their writing ends stay open here, so that a restart needs no new ones and no end of file ever has to come:
// who wrote is dead when the last bytes are taken, and a stray that holds a pipe open keeps nobody waiting (P72). Owned by the instance.
#pragma once

#include <optional>

#include "io/fd_watch.h"
#include "os/output_pipe.h"
#include "supervisor/output_relay.h"

namespace lastcall::supervisor {

class LineObserver {
 public:
  virtual ~LineObserver() = default;
  // Without its newline; a line beyond proto::kLongestLine comes in parts. Must not end the service within the call.
  virtual void on_output_line(OutputStream stream, std::string_view line) = 0;
};

class InstanceOutput {
 public:
  struct Who {
    std::string instance;                        // "0"
    std::string name;                            // "node.0"
    int number = 0;                              // chooses its color
    std::optional<os::Credentials> owner = {};   // whom the child runs as
  };

  // `relay` must outlive it.
  static Result<std::unique_ptr<InstanceOutput>> open(OutputRelay& relay, Who who);
  ~InstanceOutput();

  std::vector<std::pair<int, int>> descriptors() const;  // for SpawnRequest::descriptors
  void observe(LineObserver* observer) { observer_ = observer; }  // null: nobody

  void started(int pid) { pid_ = pid; }
  void ended();   // all of that life are dead: takes their last bytes, at once, and ends their last lines
  void resume();  // the sinks have room again

 private:
  struct Stream {
    OutputStream which;
    os::OutputPipe pipe;
    proto::LineSplitter splitter{};
    bool continued = false;  // the last part was cut
    std::unique_ptr<io::FdWatch> watch{};
  };

  InstanceOutput(OutputRelay& relay, Who who, os::OutputPipe out, os::OutputPipe err);
  void listen(Stream& stream);
  void on_readable(Stream& stream);
  bool take(Stream& stream);
  void write(Stream& stream, const proto::OutputLine& line, std::string_view time);
  void close_if_gone(Stream& stream);

  OutputRelay& relay_;
  Who who_;
  std::array<Stream, 2> streams_;
  LineObserver* observer_ = nullptr;
  int pid_ = 0;
  std::string line_;
};

}  // namespace lastcall::supervisor
