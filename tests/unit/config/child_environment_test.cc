#include "config/child_environment.h"

#include <doctest/doctest.h>

#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "config/env_file.h"

using namespace lastcall;
using namespace lastcall::config;

namespace {

using Texts = std::vector<std::string>;

struct Made {
  ChildEnvironment environment;
  Diagnostics diagnostics;
};

Made make(const Settings& settings, const Environment& ours, int pid = 100) {
  Made made;
  made.environment = child_environment(settings, ours, pid, made.diagnostics);
  return made;
}

class File {
 public:
  explicit File(const std::string& text) : path_("/tmp/lastcall-env-" + std::to_string(::getpid())) {
    std::FILE* file = std::fopen(path_.c_str(), "we");
    std::fputs(text.c_str(), file);
    std::fclose(file);
  }
  ~File() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const Environment kSystemd{"LISTEN_FDS=2", "LISTEN_PID=100", "LISTEN_FDNAMES=a:b", "LISTEN_PIDFDID=7",
                           "NOTIFY_SOCKET=/run/n", "WATCHDOG_USEC=5", "WATCHDOG_PID=100", "X=1"};

}  // namespace

TEST_CASE("what lastcall was given arrives in order and byte for byte, without what was addressed to lastcall (P56, G148)") {
  const Environment ours{"A=%d", "B=", "A=again", "odd", "LASTCALL_GRACE=5s", "NOTIFY_SOCKET=/run/n", "C=two\nlines"};
  const Made made = make({}, ours);
  CHECK(made.environment.inherited == Texts{"A=%d", "B=", "A=again", "odd", "C=two\nlines"});
  CHECK(made.environment.written.empty());
}

TEST_CASE("nothing is inherited where the user says so") {
  Settings settings;
  settings.child.env.inherit = false;
  settings.child.env.set = {"A=1"};
  const Made made = make(settings, {"B=2"});
  CHECK(made.environment.inherited.empty());
  CHECK(made.environment.written == Texts{"A=1"});
}

TEST_CASE("set wins over files, later files over earlier ones, and unset takes away what is inherited or comes from a file") {
  const File file("A=file\nB=file\nGONE=file\n");
  Settings settings;
  settings.child.env.files = {file.path(), "-/no/such/file"};
  settings.child.env.set = {"B=set"};
  settings.child.env.unset = {"GONE", "SECRET"};
  const Made made = make(settings, {"SECRET=1", "SECRETS=2", "GONE=3"});
  CHECK(made.diagnostics.empty());
  CHECK(made.environment.inherited == Texts{"SECRETS=2"});
  CHECK(made.environment.written == Texts{"A=file", "B=set"});
}

TEST_CASE("a file that is missing or holds something else is told with its line") {
  const File file("A=1\n\nnot a variable\n9=x\n");
  Settings settings;
  settings.child.env.files = {"/no/such/file", file.path()};
  const Made made = make(settings, {});
  REQUIRE(made.diagnostics.size() == 3);
  CHECK(to_string(made.diagnostics[0]) == "/no/such/file: can't be read: No such file or directory");
  CHECK(to_string(made.diagnostics[1]) == file.path() + ":3:1: \"not a variable\" is not NAME=value");
  CHECK(to_string(made.diagnostics[2]) == file.path() + ":4:1: \"9=x\" is not NAME=value");
}

TEST_CASE("an env file is read as Docker and systemd write it, and nothing in it is expanded") {
  Diagnostics diagnostics;
  const Environment variables = parse_env_file(
      "# comment\n; comment\r\nA=1\r\n  B = two words \nC=\"quoted \"\nD='$HOME `x`'\nE=\nexport F=6\nG=\"open\nH=a=b#c\nI.j-k=1", "f",
      diagnostics);
  CHECK(diagnostics.empty());
  CHECK(variables == Texts{"A=1", "B=two words", "C=quoted ", "D=$HOME `x`", "E=", "F=6", "G=\"open", "H=a=b#c", "I.j-k=1"});
}

TEST_CASE("systemd's variables are hidden with a proxy, and handed on by choice (G148)") {
  CHECK(make({}, kSystemd).environment.inherited == Texts{"X=1"});
  Settings pass;
  pass.child.env.systemd = true;
  CHECK(make(pass, kSystemd).environment.inherited ==
        Texts{"LISTEN_FDS=2", "LISTEN_PID=100", "LISTEN_FDNAMES=a:b", "NOTIFY_SOCKET=/run/n", "WATCHDOG_USEC=5", "WATCHDOG_PID=100",
              "X=1"});
}

TEST_CASE("without a proxy the sockets that were meant for lastcall are the command's, those of somebody else are nobody's (P57)") {
  Settings settings;
  settings.no_proxy = true;
  CHECK(make(settings, kSystemd).environment.inherited == Texts{"LISTEN_FDS=2", "LISTEN_PID=100", "LISTEN_FDNAMES=a:b", "X=1"});
  CHECK(make(settings, kSystemd, 101).environment.inherited == Texts{"X=1"});
}

TEST_CASE("where systemd's variables are hidden its sockets are lastcall's as well, and where they are handed on the child's (G148)") {
  const auto sockets = [](const Settings& settings, const Environment& ours) { return make(settings, ours).environment.sockets_for_us; };
  CHECK(sockets({}, kSystemd) == 2);
  CHECK(sockets({}, {"LISTEN_FDS=2", "LISTEN_PID=7"}) == 0);
  CHECK(sockets({}, {"LISTEN_FDS=2x", "LISTEN_PID=100"}) == 0);
  Settings settings;
  settings.no_proxy = true;
  CHECK(sockets(settings, kSystemd) == 0);
  settings = {};
  settings.child.env.systemd = true;
  CHECK(sockets(settings, kSystemd) == 0);
}

TEST_CASE("setting a variable replaces all of that name and no other") {
  Environment environment{"A=1", "AB=2", "A=3"};
  set_variable(environment, "A=4");
  CHECK(environment == Texts{"AB=2", "A=4"});
}
