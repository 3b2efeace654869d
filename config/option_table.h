// THE list of options: each stands here once, and everything else is derived from it: YAML loading, flags, environment names, unknown
// names with the nearest known one, `check`, --print-config, --help, the reference page, the man page, the JSON Schema and the shell
// completions. Constant data; parses and prints one option at a time and knows no file, flag or environment itself.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/settings.h"

namespace lastcall::config {

enum class ValueType : std::uint8_t { boolean, number, duration, address, path, text, signal, choice, words, map, integer, records };

struct Option {
  std::string_view name = {};         // in YAML, a dot for each level: "stop.signal"
  char short_flag = 0;           // 'g' for -g
  ValueType type = ValueType::text;
  std::string_view placeholder = {};  // "TIME"; empty for booleans
  std::string_view group = {};        // heading in --help and in the reference
  bool repeatable = false;       // a list in YAML, a repeated flag, a comma between values in the environment; a map: NAME=value each; records: a map each
  bool stands_for_section = false;  // `stop: [...]` means `stop: {steps: [...]}`
  std::string_view default_text = {}; // the default as the user would write it; empty: nothing
  std::string_view default_note = {}; // shown instead where the default is no constant: "by platform"
  std::string_view help = {};         // one sentence, without the full stop
  std::string_view example = {};      // one value that parses
  std::vector<std::string_view> choices = {};  // of ValueType::choice

  // Sets one value; appends where repeatable. The error says what was found and what is wanted.
  Status (*set)(Settings&, std::string_view text) = nullptr;
  void (*clear)(Settings&) = nullptr;                              // repeatable only: a stronger source replaces, never appends
  std::vector<std::string> (*print)(const Settings&) = nullptr;    // texts that set() accepts; none: nothing is set

  std::string flag() const;         // "--stop-signal"; empty for `command`, which follows `--`
  std::string environment() const;  // "LASTCALL_STOP_SIGNAL"; empty for `command`
  std::string section() const;      // "stop", or empty at the top level
  std::string key() const;          // "signal"
  std::string yaml() const;         // how it is written, with the example: "stop: {signal: QUIT}"
};

std::span<const Option> option_table();
const Option* section_option(std::string_view section);  // the one that stands for it, or none
const Option* find_option(std::string_view name);
bool is_section(std::string_view name);  // "stop": a map of options

}  // namespace lastcall::config
