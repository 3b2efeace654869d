// How one hook is written, and back: a map in YAML, {on: drained, run: [./flush.sh, --all], timeout: 20s}, which is also the text that a flag
// and a variable take; or in short EVENT=COMMAND, whose words are split at blanks. Pure functions; used by option_table.cc and yaml_source.cc.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace lastcall::config {

// A record as it is written: a key, and a text or a list of texts.
struct RecordField {
  std::string key;
  std::vector<std::string> values;
  bool list = false;
};
using Record = std::vector<RecordField>;

std::vector<std::string> hook_keys();
std::string record_text(const Record& record);  // as a YAML flow map, in one line

Status add_hook(Settings& settings, std::string_view text);  // one, or a YAML list of them
void clear_hooks(Settings& settings);
std::vector<std::string> print_hooks(const Settings& settings);

}  // namespace lastcall::config
