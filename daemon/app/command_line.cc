#include "app/command_line.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/check_command.h"
#include "app/ctl_command.h"
#include "app/help_text.h"
#include "app/reference_docs.h"
#include "app/rehearse_arguments.h"
#include "app/signal_help.h"
#include "config/load.h"
#include "config/nearest.h"
#include "config/option_table.h"
#include "config/print_config.h"

namespace lastcall::app {
namespace {

using config::Diagnostic;
using config::Option;
using config::ValueType;
using Words = std::vector<std::string>;

// What stands before `--`, by CLI11: which flags there are, with which values, and what is left over.
struct Parsed {
  std::vector<config::Assignment> flags;
  std::optional<std::string> config_file;
  bool print_config = false;
  bool help_signals = false;
  Words left_over;
  std::optional<std::string> check;  // FILE
  std::optional<std::string> docs;   // KIND
  config::Diagnostics diagnostics;
};

Diagnostic usage(std::string message) { return {{}, std::move(message), true}; }

std::string flag_names(char short_flag, const std::string& flag) {
  return short_flag != 0 ? fmt::format("-{},{}", short_flag, flag) : flag;
}

// CLI11 compares each option that it is given with all before it: those that no word names would be half of a start's work.
bool named(const Option& option, const Words& words) {
  const std::string flag = option.flag();
  return !flag.empty() && std::ranges::any_of(words, [&](const std::string& word) {
    const bool has_short = option.short_flag != 0 && word.starts_with('-') && word.find(option.short_flag) != word.npos;
    return has_short || word.starts_with(flag);
  });
}

CLI::Option* add(CLI::App& parser, const Option& option) {
  const std::string names = flag_names(option.short_flag, option.flag());
  if (option.type == ValueType::boolean) return parser.add_flag(names)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  // One value for each time that the flag is given, so that a flag never swallows what follows its value.
  return parser.add_option(names)->type_size(1)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

config::Assignment assignment_of(const Option& option, const CLI::Option& given) {
  const config::Place place{option.flag()};
  config::Assignment assignment{&option, place, {}};
  const Words& results = given.results();
  // A single value given twice: the last wins, as everywhere, so that a script can append to another's flags.
  const std::size_t first = option.repeatable || results.empty() ? 0 : results.size() - 1;
  for (std::size_t i = first; i < results.size(); ++i) assignment.values.push_back({results[i], place});
  return assignment;
}

// CLI11's own words for a mistake, in ours where it is the usual one.
Diagnostic explain(const CLI::ParseError& failure) {
  const std::string text = failure.what();
  for (const Option& option : config::option_table()) {
    if (option.flag().empty() || text.find(option.flag() + ":") == text.npos) continue;
    const std::string_view quote = option.example.find(' ') == option.example.npos ? "" : "'";
    return {{option.flag()}, fmt::format("needs a value; write for example {} {}{}{}", option.flag(), quote, option.example, quote), true};
  }
  if (text.find("--config:") != text.npos) return {{"--config"}, "needs a file; write for example --config lastcall.yaml", true};
  if (text.find("FILE") != text.npos) return usage("check needs a file; write for example lastcall check lastcall.yaml");
  return usage(text);
}

Parsed parse_words(Words words) {
  Parsed parsed;
  try {
    CLI::App parser;
    parser.set_help_flag();
    parser.allow_extras();
    std::vector<std::pair<const Option*, CLI::Option*>> added;
    for (const Option& option : config::option_table())
      if (named(option, words)) added.emplace_back(&option, add(parser, option));
    CLI::Option* file = parser.add_option("-c,--config")->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    parser.add_flag("--print-config", parsed.print_config);
    parser.add_flag("--help-signals", parsed.help_signals);
    std::string argument;
    CLI::App* check = parser.add_subcommand("check");
    CLI::App* docs = parser.add_subcommand("docs");
    for (CLI::App* sub : {check, docs}) sub->set_help_flag();
    check->add_option("FILE", argument)->required();
    docs->add_option("KIND", argument);

    std::reverse(words.begin(), words.end());  // CLI11 takes its words from the back
    parser.parse(words);
    for (const auto& [option, given] : added)
      if (given->count() > 0) parsed.flags.push_back(assignment_of(*option, *given));
    if (file->count() > 0) parsed.config_file = file->results().back();
    if (check->parsed()) parsed.check = argument;
    if (docs->parsed()) parsed.docs = argument;
    parsed.left_over = parser.remaining(true);
  } catch (const CLI::ParseError& failure) {
    parsed.diagnostics.push_back(explain(failure));
  } catch (const std::exception& failure) {
    parsed.diagnostics.push_back(usage(failure.what()));
  }
  return parsed;
}

Diagnostic unknown_flag(const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  // Without the dashes, which would make every short name look near; "-grace" finds --grace, too.
  Words known;
  for (const Option& option : config::option_table())
    if (!option.flag().empty()) known.push_back(option.flag().substr(2));
  for (const CommandFlag& flag : command_flags()) known.emplace_back(flag.flag.substr(2));
  const std::size_t letters = name.find_first_not_of('-');
  if (letters == 2 && std::ranges::count(known, std::string(name.substr(letters))) > 0)
    return usage(fmt::format("{} does not belong here; lastcall --help shows what goes together", config::quoted(name)));
  const std::string guess = letters == name.npos ? "" : config::nearest(name.substr(letters), known);
  const std::string advice = guess.empty() ? "lastcall --help lists them all" : fmt::format("did you mean --{}?", guess);
  return usage(fmt::format("unknown option {}; {}", config::quoted(name), advice));
}

// Words that belong to nothing: a mistyped option, a mistyped subcommand, or a command without its `--` (G206).
void judge_left_over(const Words& words, bool has_command, config::Diagnostics& diagnostics) {
  bool value_may_follow = false;
  std::string command;
  for (const std::string& word : words) {
    const bool flag = word.size() > 1 && word[0] == '-';
    if (flag && command.empty()) diagnostics.push_back(unknown_flag(word));
    if ((!flag && !value_may_follow) || !command.empty()) command += (command.empty() ? "" : " ") + word;
    value_may_follow = flag && word.find('=') == word.npos;  // "--gracee 30s" is one mistake
  }
  if (command.empty()) return;
  Words names;
  for (const Subcommand& sub : subcommands()) names.emplace_back(sub.name);
  const std::string first = command.substr(0, command.find(' '));
  const std::string guess = config::nearest(first, names);
  if (has_command)
    diagnostics.push_back(usage(fmt::format("{} belongs to no option; only options stand before --", config::quoted(command))));
  else if (!guess.empty())
    diagnostics.push_back(
        usage(fmt::format("unknown subcommand {}; did you mean {}? A command stands after --", config::quoted(first), guess)));
  else
    diagnostics.push_back(usage(fmt::format("the command stands after --; write lastcall -- {}", command)));
}

CommandLine print(std::string text) {
  CommandLine result;
  result.action = Action::print;
  result.output = std::move(text);
  return result;
}

CommandLine fail(config::Diagnostics diagnostics) {
  CommandLine result;
  result.action = Action::fail;
  const bool usage_only = std::all_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& each) { return each.usage; });
  result.exit_code = usage_only ? core::ExitCode::usage : core::ExitCode::configuration;
  result.diagnostics = std::move(diagnostics);
  return result;
}

std::string help_about(const std::string& subcommand, bool color) {
  if (subcommand == "ctl") return ctl_help();
  if (subcommand == "job") return job_help_text();
  return subcommand == "rehearse" ? rehearse_help_text(color) : help_text(color);
}

CommandLine document(const std::string& kind) {
  Result<std::string> text = reference_document(kind);
  return text ? print(std::move(text).value()) : fail({usage(text.error().message)});
}

// The settings of a start, or of --print-config.
CommandLine start(Parsed parsed, const std::optional<Words>& command, const config::Environment& environment, const ProcessFacts& facts) {
  if (command && !command->empty()) {
    config::Assignment words{config::find_option("command"), {}, {}};
    for (const std::string& word : *command) words.values.push_back({word, {}});
    parsed.flags.push_back(std::move(words));
  }
  config::Sources sources;
  sources.file = parsed.config_file;
  if (const auto named = config::variable(environment, config::kConfigVariable); !sources.file && named && !named->empty())
    sources.file = std::string(*named);
  sources.environment = environment;
  sources.flags = std::move(parsed.flags);
  sources.facts = facts.platform;
  config::Loaded loaded = config::load(sources);
  const bool needs_command = !parsed.print_config && !parsed.help_signals && loaded.settings.command.empty() && parsed.diagnostics.empty();
  if (needs_command && loaded.diagnostics.empty())
    parsed.diagnostics.push_back(usage("no command to run; write for example lastcall -- node server.js"));
  parsed.diagnostics.insert(parsed.diagnostics.end(), loaded.diagnostics.begin(), loaded.diagnostics.end());
  CommandLine result;
  if (parsed.diagnostics.empty())
    result.child_environment = config::child_environment(loaded.settings, environment, facts.platform.pid, parsed.diagnostics);
  if (!parsed.diagnostics.empty()) return fail(std::move(parsed.diagnostics));
  if (parsed.help_signals) return print(signal_help(loaded.settings));
  if (parsed.print_config) return print(config::print_config(loaded.settings));
  result.settings = std::move(loaded.settings);
  return result;
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& arguments, const config::Environment& environment,
                               const ProcessFacts& facts) {
  if (!arguments.empty() && arguments.front() == "rehearse") return parse_rehearsal(arguments, environment, facts);
  if (!arguments.empty() && arguments.front() == "ctl") {
    CommandLine ctl;
    ctl.action = Action::ctl;
    ctl.words.assign(arguments.begin() + 1, arguments.end());
    return ctl;
  }
  if (!arguments.empty() && arguments.front() == "job") {
    CommandLine job;
    job.action = Action::job;
    job.words.assign(arguments.begin() + 1, arguments.end());
    return job;
  }
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const Words before(arguments.begin(), dashes);
  std::optional<Words> command;
  if (dashes != arguments.end()) command.emplace(dashes + 1, arguments.end());  // untouched from here on (P59)
  const auto has = [&](std::string_view word) { return std::find(before.begin(), before.end(), word) != before.end(); };
  // Before anything is judged: who asks for help may have everything else wrong.
  if (!before.empty() && before.front() == "help") return print(help_about(before.size() > 1 ? before[1] : "", facts.color));
  if (has("--help") || has("-h")) return print(help_text(facts.color));
  if (has("--version") || has("-V")) return print(version_text());

  Parsed parsed = parse_words(before);
  if (parsed.check && !parsed.left_over.empty() && parsed.left_over.front().front() != '-')
    parsed.diagnostics.push_back(usage("check takes one file; call it once for each"));
  else
    judge_left_over(parsed.left_over, command.has_value(), parsed.diagnostics);
  if (command && command->empty()) parsed.diagnostics.push_back(usage("no command after --; write for example lastcall -- node server.js"));
  if (command && !command->empty() && command->front().empty()) {
    parsed.diagnostics.push_back(usage("the command after -- is an empty text; write for example lastcall -- node server.js"));
    command->clear();
  }
  if ((parsed.check || parsed.docs) && (command || !parsed.flags.empty() || parsed.config_file || parsed.print_config || parsed.help_signals))
    parsed.diagnostics.push_back(usage(fmt::format("{} takes no options and no command", parsed.check ? "check" : "docs")));
  if (parsed.check && parsed.diagnostics.empty()) return check_file(*parsed.check, environment, facts.platform);
  if (parsed.docs && parsed.diagnostics.empty()) return document(*parsed.docs);
  return start(std::move(parsed), command, environment, facts);
}

std::string failure_text(const CommandLine& command_line) {
  std::string text;
  for (const Diagnostic& diagnostic : command_line.diagnostics) {
    const bool in_file = diagnostic.place.line > 0;  // an editor wants "file:line:column:" at the start of the line
    text += (in_file ? "" : "lastcall: ") + config::to_string(diagnostic) + '\n';
  }
  if (command_line.exit_code == core::ExitCode::usage) text += fmt::format("lastcall {}--help explains every option\n", command_line.subcommand);
  return text;
}

}  // namespace lastcall::app
