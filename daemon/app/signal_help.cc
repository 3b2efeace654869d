#include "app/signal_help.h"

#include <csignal>

#include <fmt/format.h>

#include "base/duration_text.h"
#include "config/option_values.h"

namespace lastcall::app {
namespace {

using config::SignalRule;
using config::signal_text;

std::string forwarded(int number, const SignalRule& rule) {
  std::string text = rule.as == number ? "the command gets it" : fmt::format("the command gets {} instead", signal_text(rule.as));
  if (number == SIGHUP) text += ", but not while stopping";
  return text;
}

// What the default for this signal adds to its rule.
std::string_view in_depth(int number) {
  switch (number) {
    case SIGINT: return "; typed again at the terminal: the command is stopped now, then killed";
    case SIGHUP: return "; when the terminal has gone, the ordered stop (under nohup nothing)";
    case SIGTSTP: return "Ctrl-Z: the command and lastcall stop together";
    case SIGCONT: return "fg: both go on";
    case SIGCHLD: return "a process has ended: it is collected";
    case SIGPIPE: return "a reader has gone: not fatal";
    case SIGKILL: return "the kernel ends lastcall, and with it the command (parent_death_signal)";
    case SIGSTOP: return "the kernel stops lastcall; the command runs on";
    default: return "";
  }
}

std::string meaning(int number, const SignalRule& rule, bool written) {
  const std::string more(written ? "" : in_depth(number));
  switch (rule.action) {
    case SignalRule::Action::forward: return forwarded(number, rule) + more;
    case SignalRule::Action::stop: return "the ordered stop" + more;
    case SignalRule::Action::ignore: return "nothing";
    case SignalRule::Action::reopen: return "log.file and access_log_file are opened anew";
    case SignalRule::Action::job_control: return more;
    case SignalRule::Action::own: return more.empty() ? "lastcall has crashed" : more;
  }
  return "";
}

std::string steps_text(const config::Settings& settings) {
  if (settings.stop_steps.empty()) return signal_text(settings.stop_signal);
  std::string text;
  for (const core::StopStep& step : settings.stop_steps) {
    if (!text.empty()) text += ", then ";
    text += signal_text(step.signal);
    if (step.time != kInfinite) text += " for " + format_duration(step.time);
  }
  return text;
}

}  // namespace

std::string signal_help(const config::Settings& settings) {
  std::string text = "What a signal to lastcall does:\n\n";
  for (int number = 1; number <= SIGRTMIN; ++number) {
    if (number == 32 || number == 33) continue;  // the C library's
    const bool written = settings.signals.contains(number);
    const SignalRule rule = config::rule_for(settings.signals, number);
    text += fmt::format("  {:<11}{}{}\n", number == SIGRTMIN ? "RTMIN..MAX" : signal_text(number), meaning(number, rule, written),
                        written ? "  (by signals:)" : "");
  }
  for (const auto& [number, rule] : settings.signals)
    if (number > SIGRTMIN) text += fmt::format("  {:<11}{}  (by signals:)\n", signal_text(number), meaning(number, rule, true));
  text += fmt::format("\nThe ordered stop lets requests finish and sends {} to the command, each with CONT after it. What the command\n"
                      "leaves behind then gets TERM; what is left at the deadline is killed.\n"
                      "Change a line with --signals HUP=ignore, USR1=reopen, TERM=QUIT (the command gets QUIT at once, without a stop).\n",
                      steps_text(settings));
  return text;
}

}  // namespace lastcall::app
