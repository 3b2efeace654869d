// What each signal that reaches lastcall does: the defaults of decision 5, and what `signals:` makes of them. One list for the policy that
// acts on it and for --help-signals, which shows it. Pure functions; supervisor only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lastcall::config {

struct SignalRule {
  enum class Action : std::uint8_t {
    forward,      // the command gets `as`, once, with its payload
    stop,         // the ordered stop
    ignore,       // nothing happens
    reopen,       // the log files, after they were rotated
    job_control,  // Ctrl-Z and fg, for the command and lastcall together; never written
    own,          // lastcall's own business; can't be written
  };
  Action action = Action::ignore;
  int as = 0;
  bool operator==(const SignalRule&) const = default;
};

using SignalRules = std::map<int, SignalRule>;  // what the user wrote, by number

SignalRule default_rule(int number);
SignalRule rule_for(const SignalRules& written, int number);

// "HUP=ignore", "USR1=stop", "TERM=QUIT", "15=3", "HUP=0".
Status parse_rule(std::string_view text, SignalRules& rules);
std::string rule_text(int number, const SignalRule& rule);  // the same, as it is written

}  // namespace lastcall::config
