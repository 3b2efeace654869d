#include "inits.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "support/lastcall_run.h"

namespace lastcall::test {
namespace {

std::string debian_version(const std::string& package) {
  Process query({.argv = {"dpkg-query", "-W", "-f", "${Version}", package}});
  const auto status = query.wait_exit();
  return status == ExitStatus{false, 0} ? query.out().text() : "";
}

}  // namespace

std::vector<Init> all_inits() {
  const std::string binary = lastcall_binary();
  const auto lastcall = [&](const Words& flags) {
    Words words{binary, "--no-proxy", "--log-level", "off", "--grace", "2s"};
    words.insert(words.end(), flags.begin(), flags.end());
    words.emplace_back("--");
    return words;
  };
  return {{.name = "tini", .version = debian_version("tini"), .command = {"tini", "--"}, .remap = Words{"tini", "-e", "143", "--"}},
          {.name = "dumb-init",
           .version = debian_version("dumb-init"),
           .command = {"dumb-init", "--"},
           .rewrite = Words{"dumb-init", "--rewrite", "15:10", "--"}},
          {.name = "catatonit", .version = debian_version("catatonit"), .command = {"catatonit", "--"}},
          {.name = "lastcall",
           .version = "--no-proxy",
           .command = lastcall({}),
           .rewrite = lastcall({"--signals", "TERM=USR1"}),
           .remap = lastcall({"--exit-codes", "143=0"})}};
}

bool Init::installed() const {
  if (command.front().find('/') != std::string::npos) return std::filesystem::exists(command.front());
  std::istringstream path(std::getenv("PATH") != nullptr ? std::getenv("PATH") : "");
  for (std::string directory; std::getline(path, directory, ':');)
    if (std::filesystem::exists(directory + "/" + command.front())) return true;
  return false;
}

Words under(const Words& init, const Words& child) {
  Words words = init;
  words.insert(words.end(), child.begin(), child.end());
  return words;
}

Words tiny_child(const Words& arguments) { return under({LASTCALL_TINY_CHILD}, arguments); }
Words spawn_child(const Words& arguments) { return under({LASTCALL_SPAWN_CHILD}, arguments); }

}  // namespace lastcall::test
