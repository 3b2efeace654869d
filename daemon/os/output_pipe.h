// A pipe that a child writes to and we read: its reading end never blocks us, its writing end blocks the child as any pipe does, and it
// belongs to the child's user, who may open /dev/stdout again. Supervisor process.
#pragma once

#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"
#include "os/privileges.h"

namespace lastcall::os {

struct OutputPipe {
  UniqueFd reading;
  UniqueFd writing;

  static Result<OutputPipe> open(const std::optional<Credentials>& owner);  // empty: we ourselves
};

}  // namespace lastcall::os
