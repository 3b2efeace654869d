// The four inits that are compared, each as its users start it, and what one of them makes of a behaviour. Used by main.cc and
// start_up.cc of this folder.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/process.h"

namespace lastcall::test {

using Words = std::vector<std::string>;

struct Init {
  std::string name;
  std::string version;
  Words command;                  // with its `--`
  std::optional<Words> rewrite{};   // the same, with TERM rewritten to USR1
  std::optional<Words> remap{};     // the same, with the exit code 143 made 0
  bool installed() const;
};

std::vector<Init> all_inits();

// The answer for the table: "yes", "no", or what was seen. Must be the same on every run.
struct Behaviour {
  std::string statement;  // "P14"
  std::string question;
  std::function<std::string(const Init&)> ask;
};

const std::vector<Behaviour>& behaviours();

Words under(const Words& init, const Words& child);
Words tiny_child(const Words& arguments);
Words spawn_child(const Words& arguments);

}  // namespace lastcall::test
