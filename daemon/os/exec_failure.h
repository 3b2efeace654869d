// Why an exec failed, in words that help: a command that PATH does not have, a script whose interpreter is missing (P7), a program
// whose loader is missing (a glibc binary on musl), a file that is not executable. Reads files after the fact; runs nothing.
#pragma once

#include <string>
#include <vector>

#include "os/spawn.h"

namespace lastcall::os {

// Where execvp would look for `command`: itself if it has a '/', else one candidate for each element of the PATH in `env`.
std::vector<std::string> exec_candidates(const std::string& command, const std::vector<std::string>& env);

// Whether `command` could be executed now: a regular file with the permission, seen from `dir` where it is relative. Error.message says why not.
Status find_executable(const std::string& command, const std::vector<std::string>& env, const std::string& dir);

// `error` is what the last candidate that counts returned.
SpawnFailure explain_exec_failure(const SpawnRequest& request, const std::vector<std::string>& candidates, int error);

}  // namespace lastcall::os
