// Options from YAML text. Only the shape is judged here (keys, lists, sections, duplicates); values go on as text. yaml-cpp and its
// exceptions stay in the .cc. Anchors and aliases work; nothing is expanded recursively, so an alias bomb costs nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/assignment.h"

namespace lastcall::config {

constexpr std::size_t kMaxFileSize = 1u << 20;  // a configuration is some 30 lines; beyond 1 MiB it is the wrong file

Result<std::string> read_file(const std::string& path);  // the error says why, without the path

std::vector<Assignment> yaml_assignments(std::string_view text, const std::string& source, Diagnostics& diagnostics);

}  // namespace lastcall::config
