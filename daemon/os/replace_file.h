// A file that readers see as a whole: the old one or the new one, never a half. Supervisor and commands.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace lastcall::os {

// Written beside `path` and then renamed. Mode 0644 less the umask. The error names the file. Where `path` is a pipe or a device it stays
// one and is written to; who does not read for 250 ms gets no more.
// Whether replace_file() can be expected to succeed, without doing anything.
Status can_replace_file(const std::string& path);

Status replace_file(const std::string& path, std::string_view content);

}  // namespace lastcall::os
