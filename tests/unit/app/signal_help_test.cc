#include "app/signal_help.h"

#include <doctest/doctest.h>

#include <csignal>

#include "app/command_line.h"
#include "config/option_values.h"

using namespace lastcall;
using namespace lastcall::app;

namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

std::string line_of(const std::string& text, const std::string& name) {
  const std::size_t at = text.find("\n  " + name + " ");
  return at == text.npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
}

}  // namespace

TEST_CASE("every signal of 1 to 31 has its line, the real-time ones share one, and no line is empty of meaning") {
  const std::string text = signal_help({});
  CAPTURE(text);
  for (int number = 1; number < 32; ++number) {
    CAPTURE(number);
    CHECK(line_of(text, config::signal_text(number)).size() > 15);
  }
  CHECK(contains(text, "\n  RTMIN..MAX the command gets it\n"));
  CHECK_FALSE(contains(text, "by signals:"));
}

TEST_CASE("the defaults are those of decision 5") {
  const std::string text = signal_help({});
  for (const char* name : {"TERM", "INT", "QUIT"}) CHECK(contains(line_of(text, name), "the ordered stop"));
  for (const char* name : {"HUP", "USR1", "USR2", "WINCH"}) CHECK(contains(line_of(text, name), "the command gets it"));
  for (const char* name : {"ALRM", "URG", "PROF"}) CHECK(contains(line_of(text, name), "nothing"));
  CHECK(contains(line_of(text, "HUP"), "nohup"));
  CHECK(contains(text, "sends TERM to the command"));
}

TEST_CASE("what was written is shown as written, also for a single real-time signal, and the steps of the stop") {
  config::Settings settings;
  for (const char* rule : {"HUP=ignore", "TERM=QUIT", "RTMIN+3=stop", "USR1=stop", "CONT=forward"})
    REQUIRE(config::parse_rule(rule, settings.signals).ok());
  settings.stop_steps = {{SIGINT, seconds(5)}, {SIGTERM, kInfinite}};
  const std::string text = signal_help(settings);
  CAPTURE(text);
  CHECK(line_of(text, "HUP") == "  HUP        nothing  (by signals:)");
  CHECK(line_of(text, "TERM") == "  TERM       the command gets QUIT instead  (by signals:)");
  CHECK(line_of(text, "USR1") == "  USR1       the ordered stop  (by signals:)");
  CHECK(line_of(text, "CONT") == "  CONT       the command gets it  (by signals:)");
  CHECK(line_of(text, "RTMIN+3") == "  RTMIN+3    the ordered stop  (by signals:)");
  CHECK(contains(text, "sends INT for 5s, then TERM to the command"));
}

TEST_CASE("--help-signals needs no command, sees the options beside it, and starts nothing; mistakes are told first") {
  const CommandLine shown = parse_command_line({"--signals", "HUP=ignore", "--help-signals"}, {}, {});
  CHECK(shown.action == Action::print);
  CHECK(contains(shown.output, "HUP        nothing  (by signals:)"));
  const CommandLine wrong = parse_command_line({"--signals", "HUP=reload", "--help-signals"}, {}, {});
  CHECK(wrong.action == Action::fail);
  CHECK(wrong.exit_code == core::ExitCode::usage);
  CHECK(contains(failure_text(wrong), "--signals: reload is not possible yet"));
}

TEST_CASE("an env file with a mistake is a configuration error with its line, before anything starts") {
  const CommandLine got = parse_command_line({"--env-files", "/no/such/file", "--", "app"}, {}, {});
  CHECK(got.action == Action::fail);
  CHECK(got.exit_code == core::ExitCode::configuration);
  CHECK(failure_text(got) == "lastcall: /no/such/file: can't be read: No such file or directory\n");
}
