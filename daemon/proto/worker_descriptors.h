// Where a new worker finds its descriptors (docs/design.md 1.1, Birth): the supervisor lays them out so, the worker takes them from there.
// Part of the channel's protocol: both processes are one build.
#pragma once

#include <cstddef>

namespace lastcall::proto {

inline constexpr int kChannelFd = 3;
inline constexpr int kCountersFd = 4;
inline constexpr int kSettingsFd = 5;
inline constexpr int kFirstListenerFd = 6;  // and on, in the order of the settings

// After the listeners, where there is an access log.
constexpr int access_log_fd(std::size_t listeners) { return kFirstListenerFd + static_cast<int>(listeners); }

}  // namespace lastcall::proto
