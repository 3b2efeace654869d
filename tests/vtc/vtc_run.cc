// Runs one varnishtest script with what it needs to put lastcall between its clients and its servers. Owns the port that lastcall listens
// on, so that scripts run side by side, and leaves no process behind when a script fails. Macros for the scripts:
//   ${lastcall}  the binary, its --listen and --grace     ${child}  a command that only waits for its stop signal, and where output goes
//   ${port}      for clients: -connect "127.0.0.1 ${port}"
// A script starts lastcall as a varnishtest process, whose terminal shows the log: -expect-text waits for an event, nothing sleeps.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/free_port.h"
#include "support/lastcall_run.h"
#include "support/process.h"
#include "support/temp_dir.h"

using namespace lastcall::test;

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "usage: vtc_run TINY_CHILD SCRIPT.vtc\n");
    return 64;
  }
  const FreePort port;
  const TempDir directory;
  const std::string script = std::filesystem::absolute(words[2]);
  const std::string child = std::filesystem::absolute(words[1]);
  SpawnOptions options;
  options.argv = {"varnishtest",
                  "-v",
                  "-t30",
                  "-Dlastcall=" + lastcall_binary() + " --listen " + port.address() + " --grace 10s",
                  "-Dchild=" + child + " wait </dev/null 2>&1",
                  "-Dport=" + port.text(),
                  "-Dhelpers=" + std::filesystem::path(script).parent_path().string(),
                  script};
  options.environment["TMPDIR"] = directory.path();
  become_subreaper();
  Process varnishtest(options);
  const auto status = varnishtest.wait_exit(40s);
  if (status == ExitStatus{false, 111}) {
    std::printf("varnishtest is missing: install Debian's varnish\n");
    return 77;
  }
  const auto left = leftovers();
  const bool passed = status == ExitStatus{false, 0} && left.empty();
  if (!passed) std::printf("%s\nvarnishtest: %s\n", varnishtest.output().c_str(), to_string(status).c_str());
  if (!left.empty()) std::printf("left behind: %s\n", to_string(left).c_str());
  if (status == ExitStatus{false, 77}) return 77;
  return passed ? 0 : 1;
}
