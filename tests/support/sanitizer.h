// What a test has to know of a lastcall that is built with the sanitizers (the asan preset; docs/testing.md): where such a process behaves
// as no other does. Everywhere else these change nothing. Test programs only.
#pragma once

#include <map>
#include <string>

#include "support/deadline.h"

namespace lastcall::test {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// Leaks are looked for after everything else, when a process exits; on a busy machine that shows where an exit has to come within a time.
inline constexpr Milliseconds kLeakCheck = kSanitized ? Milliseconds{500} : Milliseconds{0};

// Variables for SpawnOptions::environment; nobody else reads them. The search for leaks stops the process by ptrace from a process of its
// own: there is none below strace, nor where nothing may be forked.
inline const std::map<std::string, std::string> kNoLeakCheck{{"ASAN_OPTIONS", "detect_leaks=0"}};

}  // namespace lastcall::test
