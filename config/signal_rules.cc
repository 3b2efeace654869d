#include "config/signal_rules.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "config/diagnostics.h"
#include "config/option_values.h"
#include "os/signal_name.h"

namespace lastcall::config {
namespace {

using enum SignalRule::Action;

bool is_real_time(int number) { return number >= SIGRTMIN && number <= SIGRTMAX; }

// Why nobody can rule it, or empty.
std::string_view reserved(int number) {
  switch (number) {
    case SIGKILL:
    case SIGSTOP: return "the kernel never shows it to anybody";
    case SIGCHLD: return "it tells lastcall that a process has ended";
    case SIGPIPE: return "it tells lastcall that a reader has gone";
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGSYS: return "it is how a crash of lastcall itself ends";
    default: return "";
  }
}

Result<SignalRule> parse_action(std::string_view text, int number) {
  if (text == "forward") return SignalRule{forward, number};
  if (text == "stop") return SignalRule{stop, 0};
  if (text == "reopen") return SignalRule{reopen, 0};
  if (text == "ignore" || text == "0") return SignalRule{ignore, 0};  // 0: as dumb-init writes it
  if (text == "reload" || text == "upgrade")
    return Error{0, fmt::format("{} is not possible yet; write forward, stop, ignore, reopen or another signal", text)};
  if (const auto other = os::parse_signal(text)) return SignalRule{forward, *other};
  return Error{0, fmt::format("{} is no signal and no action; write forward, stop, ignore, reopen or a signal such as QUIT", quoted(text))};
}

}  // namespace

SignalRule default_rule(int number) {
  switch (number) {
    case SIGTERM:
    case SIGINT:
    case SIGQUIT: return {stop, 0};
    case SIGHUP:
    case SIGUSR1:
    case SIGUSR2:
    case SIGWINCH: return {forward, number};
    case SIGTSTP:
    case SIGCONT: return {job_control, 0};
    default:
      if (!reserved(number).empty()) return {own, 0};
      return is_real_time(number) ? SignalRule{forward, number} : SignalRule{ignore, 0};
  }
}

SignalRule rule_for(const SignalRules& written, int number) {
  const auto found = written.find(number);
  return found == written.end() ? default_rule(number) : found->second;
}

Status parse_rule(std::string_view text, SignalRules& rules) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos) return Error{0, fmt::format("{} names no action; write for example HUP=ignore", quoted(text))};
  const std::string_view name = text.substr(0, equals);
  const auto number = os::parse_signal(name);
  if (!number) return Error{0, fmt::format("{} is not a signal; write for example HUP=ignore", quoted(name))};
  if (const std::string_view why = reserved(*number); !why.empty())
    return Error{0, fmt::format("{} can't be ruled: {}", signal_text(*number), why)};
  rules[*number] = TRY(parse_action(text.substr(equals + 1), *number));
  return {};
}

std::string rule_text(int number, const SignalRule& rule) {
  const auto action = [&]() -> std::string {
    switch (rule.action) {
      case forward: return rule.as == number ? "forward" : signal_text(rule.as);
      case stop: return "stop";
      case ignore: return "ignore";
      case reopen: return "reopen";
      case job_control: return "job control";
      case own: return "lastcall's own";
    }
    return "";
  };
  return signal_text(number) + "=" + action();
}

}  // namespace lastcall::config
