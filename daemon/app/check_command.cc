#include "app/check_command.h"

#include <utility>

#include "config/load.h"

namespace lastcall::app {

CommandLine check_file(const std::string& path, const config::Environment& environment, const config::PlatformFacts& facts) {
  // The platform counts, because the default grace does: the same file is judged as a start here would judge it.
  config::Sources sources;
  sources.file = path;
  sources.environment = environment;
  sources.use_option_variables = false;
  sources.facts = facts;
  config::Loaded loaded = config::load(sources);
  CommandLine result;
  result.action = loaded.diagnostics.empty() ? Action::print : Action::fail;
  result.exit_code = loaded.diagnostics.empty() ? core::ExitCode::ok : core::ExitCode::configuration;
  result.output = loaded.diagnostics.empty() ? path + ": ok\n" : "";
  result.diagnostics = std::move(loaded.diagnostics);
  return result;
}

}  // namespace lastcall::app
