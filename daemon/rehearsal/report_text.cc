#include "rehearsal/report_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/people_text.h"
#include "os/signal_name.h"

namespace lastcall::rehearsal {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kColumn = 18;  // where sentences start

struct Mark {
  std::string_view sign;
  std::string_view color;
};

Mark mark_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return {"✓", "\033[32m"};
    case Verdict::note: return {"·", "\033[2m"};
    case Verdict::warn: return {"!", "\033[33m"};
    case Verdict::fail: return {"✗", "\033[31m"};
  }
  return {"✗", "\033[31m"};
}

std::string painted(std::string_view text, std::string_view color, bool on) {
  return on ? fmt::format("{}{}\033[0m", color, text) : std::string(text);
}

std::string title(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string line_of(const Finding& finding, bool color) {
  const Mark mark = mark_of(finding.verdict);
  std::string text =
      fmt::format("  {} {:<14}{}\n", painted(mark.sign, mark.color, color), title(finding.name), wrapped(finding.text, kColumn, kWidth));
  if (!finding.advice.empty())
    text += fmt::format("{:{}}{}\n", "", kColumn, painted(wrapped(finding.advice, kColumn, kWidth), "\033[2m", color));
  return text;
}

std::string command_line(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + word;
  return text;
}

// "lame duck 4.50 s, draining 12 ms, stopping 3 ms": what took a while, of lastcall's own report.
std::string phases(const RunFigures& run) {
  std::string text;
  for (const auto& [name, value] : run.report) {
    if (!name.starts_with("phase_") || !name.ends_with("_ms") || value == "0") continue;
    const std::string phase = title(name.substr(6, name.size() - 9));
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", phase, people_duration(milliseconds(run.report_number(name))));
  }
  return text;
}

std::string indented(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

std::string verdict_line(const Outcome& outcome, bool color) {
  const auto count = [&](Verdict verdict) {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(outcome.judgement.findings, [&](const Finding& each) { return each.verdict == verdict; }));
  };
  const std::uint64_t warnings = count(Verdict::warn), failures = count(Verdict::fail);
  std::string text = outcome.judgement.passed ? painted("passed", "\033[32m", color) : painted("failed", "\033[31m", color);
  if (failures > 0) text += ": " + counted(failures, "failure");
  if (warnings > 0) text += fmt::format("{}{}", failures > 0 ? ", " : ", with ", counted(warnings, "warning"));
  return text;
}

std::string_view why_not(int exit_code) {
  using core::ExitCode;
  if (exit_code == static_cast<int>(ExitCode::never_ready)) return "it was never ready";
  for (const ExitCode code : {ExitCode::usage, ExitCode::configuration, ExitCode::address_busy, ExitCode::kernel_refused, ExitCode::child_setup,
                              ExitCode::not_executable, ExitCode::not_found})
    if (exit_code == static_cast<int>(code)) return "it could not be started";
  return "it ended before it was ready";
}

std::string render_failure(const Outcome& outcome, const std::string& command) {
  if (outcome.interrupted != 0) return "the rehearsal was interrupted\n";
  std::string text = fmt::format("could not rehearse {}: {}, exit code {}\n", command, why_not(outcome.exit_code), outcome.exit_code);
  text += indented(outcome.complaints);
  if (!outcome.last_words.empty()) text += "its last words:\n" + indented(outcome.last_words);
  return text;
}

}  // namespace

std::string render_text(const Outcome& outcome, const std::vector<std::string>& command, bool color) {
  const std::string name = command_line(command);
  if (!outcome.ran || outcome.interrupted != 0) return render_failure(outcome, name);
  const Expectations& expected = outcome.expected;
  const Duration limit = expected.limit.value_or(expected.grace);
  std::string text = fmt::format("rehearsal of {}\nstopped as by {}: {}, then {} until the kill\n\n", name, expected.platform,
                                 os::signal_name(expected.platform_signal), people_duration(limit));
  for (const Finding& finding : outcome.judgement.findings) text += line_of(finding, color);
  if (const std::string took = phases(outcome.measured.wrapped); !took.empty())
    text += fmt::format("  {} {:<14}{}\n", painted("·", "\033[2m", color), "phases", wrapped(took, kColumn, kWidth));
  return text + "\n" + verdict_line(outcome, color) + "\n";
}

}  // namespace lastcall::rehearsal
