#include "os/output_pipe.h"

#include <fcntl.h>
#include <unistd.h>

namespace lastcall::os {

Result<OutputPipe> OutputPipe::open(const std::optional<Credentials>& owner) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("pipe2");
  OutputPipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  // The two ends are descriptions of their own: the child's stays blocking.
  if (::fcntl(pipe.reading.get(), F_SETFL, O_NONBLOCK) != 0) return system_error("fcntl O_NONBLOCK");
  // open(2) of /proc/self/fd/1 asks for the pipe's permissions, and another user's pipe has none for the child. Without the right to
  // give it away all but that works.
  if (owner) (void)!::fchown(pipe.writing.get(), owner->uid, owner->gid);
  return pipe;
}

}  // namespace lastcall::os
