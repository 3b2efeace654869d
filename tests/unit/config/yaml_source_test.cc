#include "config/yaml_source.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

using namespace lastcall;
using namespace lastcall::config;
using Texts = std::vector<std::string>;

namespace {

struct Read {
  std::vector<Assignment> assignments;
  Texts mistakes;
};

Read read(std::string_view yaml) {
  Read result;
  Diagnostics diagnostics;
  result.assignments = yaml_assignments(yaml, "f", diagnostics);
  for (const Diagnostic& diagnostic : diagnostics) result.mistakes.push_back(to_string(diagnostic));
  return result;
}

Texts mistakes(std::string_view yaml) { return read(yaml).mistakes; }

const Texts kNone;

}  // namespace

TEST_CASE("keys, sections and lists become assignments with the place of each value") {
  const Read got = read("grace: 30s\nstop: {signal: QUIT}\nlisten:\n  - :80\n  - ':443'\ncommand: [node, server.js]\n");
  CHECK(got.mistakes == kNone);
  REQUIRE(got.assignments.size() == 4);
  CHECK(got.assignments[0].option->name == "grace");
  CHECK(got.assignments[0].place == Place{"f", 1, 1});
  CHECK(got.assignments[0].values[0].place == Place{"f", 1, 8});
  CHECK(got.assignments[1].option->name == "stop.signal");
  CHECK(got.assignments[1].values[0].text == "QUIT");
  REQUIRE(got.assignments[2].values.size() == 2);
  CHECK(got.assignments[2].values[1].text == ":443");
  CHECK(got.assignments[2].values[1].place == Place{"f", 5, 5});
  CHECK(got.assignments[3].values.size() == 2);
}

TEST_CASE("a list option takes a single value without brackets, but the command never does: there is no shell") {
  CHECK(read("listen: :8080").assignments.at(0).values.at(0).text == ":8080");
  CHECK(mistakes("command: node server.js") ==
        Texts{"f:1:10: command: a text is not split into words, because there is no shell; write for example command: [node, server.js]"});
}

TEST_CASE("an empty file, and one of comments alone, leaves every default") {
  CHECK(read("").assignments.empty());
  CHECK(read("# nothing\n").mistakes == kNone);
  CHECK(read("---\n").mistakes == kNone);
}

TEST_CASE("an unknown key is shown with line, column and the nearest known one") {
  CHECK(mistakes("gracee: 5s") == Texts{"f:1:1: unknown key \"gracee\"; did you mean grace?"});
  CHECK(mistakes("stop:\n  signl: TERM\n") == Texts{"f:2:3: unknown key \"stop.signl\"; did you mean stop.signal?"});
  CHECK(mistakes("timeout: {}") ==
        Texts{"f:1:1: unknown key \"timeout\"; did you mean timeouts, or ready.timeout? It is written ready: {timeout: 30s}"});
  CHECK(mistakes("signal: QUIT") ==
        Texts{"f:1:1: unknown key \"signal\"; did you mean signals, or stop.signal? It is written stop: {signal: QUIT}"});
  CHECK(mistakes("log_level: debug") ==
        Texts{"f:1:1: unknown key \"log_level\"; did you mean log.level? It is written log: {level: debug}"});
  CHECK(mistakes("xyzzy: 1") == Texts{"f:1:1: unknown key \"xyzzy\"; lastcall --help lists every option"});
  CHECK(mistakes("stop.signal: QUIT") == Texts{"f:1:1: stop.signal stands in a section; write stop: {signal: QUIT}"});
}

TEST_CASE("a wrong kind of value is shown with what was found, what is wanted and an example") {
  CHECK(mistakes("grace: [5s]") == Texts{"f:1:8: grace: found a list where a single value is wanted; write for example grace: 30s"});
  CHECK(mistakes("grace: {a: b}") == Texts{"f:1:8: grace: found a section where a single value is wanted; write for example grace: 30s"});
  CHECK(mistakes("grace:") == Texts{"f:1:1: grace: found no value where a single value is wanted; write for example grace: 30s"});
  CHECK(mistakes("ready: 5s") ==
        Texts{"f:1:8: ready: found a single value where a section is wanted; write for example ready: {http: /healthz}"});
  CHECK(mistakes("ready:\n") ==
        Texts{"f:1:1: ready: found no value where a section is wanted; write for example ready: {http: /healthz}"});
  CHECK(mistakes("listen: {a: b}") ==
        Texts{"f:1:9: listen: found a section where a list is wanted; write for example listen: [\":8080\"]"});
  CHECK(mistakes("command: [a, [b]]") ==
        Texts{"f:1:14: command: found a list where a single value is wanted; write for example command: [node, server.js]"});
  CHECK(mistakes("command: [app, --port, {port}]") ==
        Texts{"f:1:24: command: a brace opens a section in YAML; write \"{port}\" in quotes"});
  CHECK(mistakes("command: [a, ~]") ==
        Texts{"f:1:1: command: found no value where a single value is wanted; write for example command: [node, server.js]"});
  CHECK(mistakes("just text") == Texts{"f:1:1: found a single value where options are wanted; write for example grace: 30s"});
  CHECK(mistakes("[a]") == Texts{"f:1:1: found a list where options are wanted; write for example grace: 30s"});
  CHECK(mistakes("? [a]\n: b") == Texts{"f:1:3: found a list where the name of an option is wanted"});
}

TEST_CASE("a key that stands twice is a mistake, also a whole section") {
  CHECK(mistakes("grace: 5s\ntcp: true\ngrace: 6s\n") == Texts{"f:3:1: grace stands here a second time; the first is in line 1"});
  CHECK(mistakes("stop: {signal: TERM}\nstop: {signal: QUIT}") == Texts{"f:2:1: stop stands here a second time; the first is in line 1"});
  CHECK(mistakes("stop:\n  signal: TERM\n  signal: QUIT\n") ==
        Texts{"f:3:3: stop.signal stands here a second time; the first is in line 2"});
}

TEST_CASE("a second document is a mistake, because it would be ignored in silence") {
  CHECK(mistakes("grace: 5s\n---\ntcp: true\n") == Texts{"f:3:1: a second document starts here; a configuration is one document"});
}

TEST_CASE("all mistakes of a file are found, not only the first") {
  CHECK(mistakes("gracee: 5s\ntcp: [a]\nstop: {signl: TERM}\nlisten: :80\n").size() == 3);
}

TEST_CASE("what is not YAML is shown with its place and what usually causes it") {
  CHECK(mistakes("grace: 5s\nlisten: [::1]:80\n") ==
        Texts{"f:2:14: not YAML: end of map not found; a text that starts with one of [ { * & ! % @ ` or contains \": \" needs quotes"});
  CHECK(mistakes("listen: *:80").size() == 1);
  CHECK(mistakes("\tgrace: 5s").size() == 1);
  CHECK(mistakes("grace: \"5s").size() == 1);
}

TEST_CASE("anchors and aliases work") {
  const Read got = read("ready: {timeout: &t 20s}\ngrace: *t\n");
  CHECK(got.mistakes == kNone);
  CHECK(got.assignments.at(1).values.at(0).text == "20s");
}

TEST_CASE("alias bombs, endless nesting and self-references end in a mistake, at once") {
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last + "]\n";
  }
  CHECK(mistakes(bomb + "listen: *a59\n").size() == 62);  // 60 unknown keys, two elements that are lists
  CHECK(mistakes("listen: &a [*a]").size() == 1);
  CHECK(mistakes(std::string(100000, '[')) == Texts{"f:1:1: nested too deeply; options are at most two levels deep"});
}

TEST_CASE("any bytes give settings or mistakes, never a crash") {
  CHECK(mistakes(std::string("\0\0\0", 3)).size() <= 1);
  CHECK(mistakes("\xff\xfe\x00").size() <= 1);
  CHECK(mistakes("\xc3\x28: \x80").size() == 1);
  CHECK(mistakes("command: [!!binary \"###\"]") == Texts{"f:1:11: command: \"###\" is not base64"});
  CHECK(read("command: [!!binary \"/w==\"]").assignments.at(0).values.at(0).text == "\xff");
}

TEST_CASE("an unreadable, too large or wrong kind of file is an error that says why") {
  char directory[] = "/tmp/lastcall-yaml-XXXXXX";
  REQUIRE(mkdtemp(directory) != nullptr);
  const std::string path = std::string(directory) + "/f";
  CHECK(read_file(path).error().message == "can't be read: No such file or directory");
  CHECK(read_file(directory).error().message == "is a directory; name the file in it");

  FILE* file = std::fopen(path.c_str(), "w");
  REQUIRE(file != nullptr);
  const std::string text(kMaxFileSize, '#');
  std::fputs(text.c_str(), file);
  std::fflush(file);
  CHECK(read_file(path).value() == text);
  std::fputs("#", file);
  std::fclose(file);
  CHECK(read_file(path).error().message == "is larger than 1 MiB; this is hardly a configuration");
  CHECK(read_file("/dev/zero").error().message == "is larger than 1 MiB; this is hardly a configuration");

  unlink(path.c_str());
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  CHECK(read_file(path).value().empty());  // a FIFO that nobody writes to does not hang the start
  unlink(path.c_str());
  rmdir(directory);
}
