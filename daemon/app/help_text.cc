#include "app/help_text.h"

#include <fmt/format.h>

#include <span>

#include "base/people_text.h"
#include "config/option_table.h"

namespace lastcall::app {
namespace {

constexpr CommandFlag kFlags[] = {
    {'c', "--config", "FILE", "Read options from a YAML file; LASTCALL_CONFIG does the same"},
    {0, "--print-config", "", "Print the effective configuration as YAML and leave"},
    {0, "--help-signals", "", "Print what each signal does with these options and leave"},
    {'h', "--help", "", "Print this text and leave"},
    {'V', "--version", "", "Print the version and leave"},
};

constexpr CommandFlag kRehearseFlags[] = {
    {0, "--platform", "NAME",
     "Who stops it: docker, kubernetes, heroku, fly, systemd, ecs or cloud_run; NAME=TIME where its limit was changed [the one that lastcall "
     "finds itself on, else docker]",
     "docker systemd kubernetes fly heroku ecs cloud_run"},
    {0, "--path", "PATH", "What our clients ask for [/]"},
    {0, "--load", "N", "How many clients, each on a connection of its own that it keeps [20]"},
    {0, "--duration", "TIME", "How long they ask before the stop; longer where an idle connection has to be watched for longer [3s]"},
    {0, "--wait", "", "No traffic of ours: send your own to --listen, and press Ctrl-C for the stop"},
    {0, "--no-compare", "", "Leave out the second run, which shows what the same stop does without lastcall"},
    {0, "--run-hooks", "", "Run the configuration's hooks, too, for real; else they are left out, as they may tell others of a stop"},
    {0, "--strict", "", "Let a warning fail the rehearsal, too"},
    {0, "--json", "", "Print the result as JSON (docs/rehearse.schema.json)"},
    {0, "--verbose", "", "Print what the command says, on standard error"},
};

constexpr CommandFlag kJobFlags[] = {
    {0, "--timeout", "TIME", "A job that takes longer is stuck: nobody waits for it any longer [60s]"},
    {0, "--heartbeat", "", "The timeout counts anew as long as COMMAND runs: only a job that vanishes is stuck"},
    {0, "--id", "ID", "The name of the job; one at a time [COMMAND and a number]"},
    {0, "--owner", "NAME", "Whose it is, for the log and the report"},
    {0, "--socket", "PATH", "Of which lastcall [LASTCALL_SOCKET, else the only one that runs]"},
};

constexpr Subcommand kSubcommands[] = {
    {"ctl", "COMMAND", "Ask a running lastcall, or tell it what to do: status, connections, drain, stop; lastcall ctl --help lists all"},
    {"job", "[options] -- command", "Run a command as a job, so that the lastcall around it waits for it; lastcall job --help says more",
     kJobFlags},
    {"check", "FILE", "Judge a configuration file: every mistake with line and column"},
    {"rehearse", "[options] -- command", "Run the command under traffic, stop it as a platform would, and say what to do better",
     kRehearseFlags, true},
    {"help", "[ctl | job | rehearse]", "Print this text, or what one of them has to say"},
};

// decision 7, for people
constexpr ExitMeaning kExits[] = {
    {"0", "asked to stop, and everything ended in order"},
    {"1", "asked to stop, but requests or jobs were dropped at a deadline"},
    {"N, 128+N", "the command's own exit code, or the signal that ended it"},
    {"137", "the command had to be killed"},
    {"64, 78", "a mistake on the command line, in the configuration"},
    {"69", "an address to listen on is taken"},
    {"70", "the proxy process failed again and again"},
    {"71, 125", "the kernel refused; user, directory or limits of the command"},
    {"124", "the command never became ready"},
    {"126, 127", "the command is not executable, not found"},
    {"any", "what exit_codes puts in its place, last of all"},
};

constexpr ExitMeaning kRehearseExits[] = {
    {"0", "nothing failed"},
    {"1", "something failed; with --strict also: something to improve was found"},
    {"any", "the command did not become ready: as without rehearse (124, 127, ...)"},
    {"64, 78", "a mistake on the command line, in the configuration"},
};

constexpr ExitMeaning kJobExits[] = {
    {"N, 128+N", "COMMAND's own code, or the signal that ended it"},
    {"75", "refused: the shutdown has begun, or a job of this id is under way; COMMAND was not run"},
    {"69", "no lastcall was found"},
    {"64", "a mistake on the command line"},
    {"126, 127", "COMMAND can't be run"},
};

constexpr Example kRehearseExamples[] = {
    {"lastcall rehearse -- node server.js", "as docker stop would: SIGTERM, and ten seconds"},
    {"lastcall rehearse --platform kubernetes --path /health -- ./app", "lame duck and thirty seconds"},
    {"lastcall rehearse --strict --json --config lastcall.yaml", "in CI, with the configuration that is deployed"},
};

constexpr Example kExamples[] = {
    {"lastcall -- node server.js", "PORT is set for the command; clients come to $PORT, else :8080"},
    {"lastcall --listen :80 --upstream 127.0.0.1:3000 -- ./app", "a server with its port hard-coded"},
    {"lastcall --listen :8080 -- gunicorn --bind unix:{socket} app:app", "also {port}, {host}, {instance}"},
    {"lastcall --tcp --listen :6379 -- redis-server --port {port}", "any protocol, byte for byte"},
    {"lastcall --no-proxy -- ./worker", "init process and ordered stop alone"},
    {"lastcall rehearse -- node server.js", "does its exit work? lastcall rehearse --help says more"},
};

constexpr std::size_t kColumn = 36;  // where explanations start
constexpr std::size_t kWidth = 100;  // wraps earlier only where a terminal is narrower than most

std::string entry(char short_flag, std::string_view flag, std::string_view placeholder, std::string_view help) {
  std::string left = short_flag != 0 ? fmt::format("  -{}, ", short_flag) : "      ";
  left += flag;
  if (!placeholder.empty()) left += fmt::format(" {}", placeholder);
  if (left.size() + 2 > kColumn) return fmt::format("{}\n{:{}}{}\n", left, "", kColumn, wrapped(help, kColumn, kWidth));
  return fmt::format("{:<{}}{}\n", left, kColumn, wrapped(help, kColumn, kWidth));
}

class Help {
 public:
  explicit Help(bool color) : color_(color) {}

  std::string build() {
    text_ = "lastcall: wraps any server and gives it a graceful exit.\n\n";
    text_ += "  lastcall [options] -- command [arguments...]\n";
    for (const Subcommand& sub : kSubcommands)
      text_ += fmt::format("  lastcall {}{}{}\n", sub.name, sub.arguments.empty() ? "" : " ", sub.arguments);
    heading("Examples");
    for (const Example& example : kExamples) text_ += fmt::format("  {}\n      {}\n", example.command, example.meaning);
    options();
    heading("General");
    for (const CommandFlag& flag : kFlags) text_ += entry(flag.short_flag, flag.flag, flag.placeholder, flag.help);
    text_ += "\nFlags win over environment variables (--stop-signal: LASTCALL_STOP_SIGNAL), which win over the file\n"
             "(stop: {signal: TERM}). A TIME is 30s, 1m30s, 250ms, 0 or infinity.\n";
    exit_codes(kExits);
    text_ += "\nEvery option with its default, in depth: man lastcall, or docs/configuration.md in the sources.\n";
    return std::move(text_);
  }

  std::string build_job() {
    text_ = "lastcall job: runs a command as a job.\n\n"
            "  lastcall job [options] -- COMMAND [ARGUMENT...]\n\n"
            "The lastcall around it does not stop its own command before the job has ended, as it waits for requests.\n";
    command_flags(kJobFlags);
    exit_codes(kJobExits);
    return std::move(text_);
  }

  std::string build_rehearse() {
    text_ = "lastcall rehearse: plays a deployment's stop through before the deployment does.\n\n"
            "  lastcall rehearse [options] [options of lastcall] -- command [arguments...]\n\n"
            "Starts the command behind lastcall on a port of its own, lets clients ask for a page, stops lastcall as the platform\n"
            "would, and does the same once more without lastcall. Says of each thing that matters at a stop whether it is well,\n"
            "and what to do where it is not.\n";
    command_flags(kRehearseFlags);
    exit_codes(kRehearseExits);
    heading("Examples");
    for (const Example& example : kRehearseExamples) text_ += fmt::format("  {}\n      {}\n", example.command, example.meaning);
    return std::move(text_);
  }

 private:
  void command_flags(std::span<const CommandFlag> flags) {
    heading("Options");
    for (const CommandFlag& flag : flags) text_ += entry(flag.short_flag, flag.flag, flag.placeholder, flag.help);
  }

  void exit_codes(std::span<const ExitMeaning> exits) {
    heading("Exit codes");
    for (const ExitMeaning& exit : exits) text_ += fmt::format("  {:<10}{}\n", exit.codes, exit.meaning);
  }

  void heading(std::string_view title) { text_ += color_ ? fmt::format("\n\033[1m{}\033[0m\n", title) : fmt::format("\n{}\n", title); }

  void options() {
    std::string_view group;
    for (const config::Option& option : config::option_table()) {
      if (option.flag().empty()) continue;
      if (option.group != group) heading(option.group);
      group = option.group;
      std::string help(option.help);
      const std::string_view standard = option.default_note.empty() ? option.default_text : option.default_note;
      if (!standard.empty() && option.type != config::ValueType::boolean) help += fmt::format(" [{}]", standard);
      text_ += entry(option.short_flag, option.flag(), option.placeholder, help);
    }
  }

  bool color_;
  std::string text_;
};

}  // namespace

std::span<const CommandFlag> command_flags() { return kFlags; }
std::span<const Subcommand> subcommands() { return kSubcommands; }
std::span<const ExitMeaning> exit_meanings() { return kExits; }
std::span<const Example> examples() { return kExamples; }

std::span<const CommandFlag> rehearse_flags() { return kRehearseFlags; }

std::string help_text(bool color) { return Help(color).build(); }
std::string rehearse_help_text(bool color) { return Help(color).build_rehearse(); }
std::string job_help_text() { return Help(false).build_job(); }
std::string version_text() { return "lastcall " LASTCALL_VERSION "\n"; }

}  // namespace lastcall::app
