// When to let an idle keep-alive connection go while draining (decision 27, amends G48 and G49). Each connection remembers its own
// longest pause between requests; one that has been idle for longer than max(1 s, 1.5 x its own longest pause) is closed, others
// are kept, at most `linger`, and answered with close if they speak. One whose pause outlasts the linger is not waited for. Pure; worker process only.
#pragma once

#include "base/time.h"

namespace lastcall::core {

struct IdlePolicy {
  Duration shortest = seconds(1);  // a browser that asked once is let go after this
  Duration linger = seconds(5);    // nobody is kept longer than this after idle connections began to be closed

  // When to close a connection that fell idle at `idle_since`, if connections began to be closed at `ending_since`.
  // Never before idle_since; may lie in the past (close now). `deadline`: the drain's, kNever without one.
  TimePoint close_at(TimePoint idle_since, Duration longest_pause, TimePoint ending_since, TimePoint deadline) const;
};

}  // namespace lastcall::core
