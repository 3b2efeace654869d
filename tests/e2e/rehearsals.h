// `lastcall rehearse` under test: starts it, several beside each other where a test likes, and reads what it says in JSON.
#pragma once

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <memory>

#include <nlohmann/json.hpp>

#include "e2e.h"

namespace lastcall::test {

using Json = nlohmann::json;

// A rehearsal takes as long as it must; these are short ones.
inline Words brief(Words more) {
  Words words{"rehearse", "--duration", "200ms", "--timeouts-upstream-idle", "100ms"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

inline SpawnOptions play(const Words& words, const Words& child) {
  SpawnOptions spawn{.argv = {lastcall_binary()}, .environment = {{"NODE_PATH", "/usr/share/nodejs"}}};
  spawn.argv.insert(spawn.argv.end(), words.begin(), words.end());
  if (!child.empty()) spawn.argv.push_back("--");
  spawn.argv.insert(spawn.argv.end(), child.begin(), child.end());
  return spawn;
}

struct Result {
  int code = -1;
  std::string out, err;
};

inline Result end_of(Process& process) {
  const auto status = process.wait_exit();
  CHECK_MESSAGE(leftovers().empty(), "left behind: ", to_string(leftovers()));
  return {status && !status->by_signal ? status->value : -1, process.out().text(), process.err().text()};
}

inline Result rehearse(const Words& words, const Words& child) {
  Process process(play(words, child));
  return end_of(process);
}

struct Judged {
  int code;
  Json json;
  Json finding(const std::string& name) const {
    for (const Json& each : json["findings"])
      if (each["name"] == name) return each;
    return Json::object({{"verdict", "absent"}, {"text", ""}, {"advice", ""}});
  }
  std::string verdict(const std::string& name) const { return finding(name)["verdict"]; }
  std::string advice(const std::string& name) const { return finding(name)["advice"]; }
  static std::uint64_t losses(const Json& run) {
    const Json& load = run["after_stop"];
    return load["lost"].get<std::uint64_t>() + load["reset"].get<std::uint64_t>() + load["truncated"].get<std::uint64_t>() +
           load["invalid"].get<std::uint64_t>();
  }
};

// One that runs while others do. Whether anything is left is for whoever started them all to ask.
class Played {
 public:
  Played(Words words, const Words& child) {
    words.push_back("--json");
    process_ = std::make_unique<Process>(play(words, child));
  }
  Judged judged() {
    const auto status = process_->wait_exit();
    CAPTURE(process_->err().text());
    Json json = Json::parse(process_->out().text(), nullptr, false);
    REQUIRE_MESSAGE(json.is_object(), process_->out().text());
    return {status && !status->by_signal ? status->value : -1, std::move(json)};
  }

 private:
  std::unique_ptr<Process> process_;
};

inline Judged judge(const Words& words, const Words& child) {
  Judged judged = Played(words, child).judged();
  CHECK_MESSAGE(leftovers().empty(), "left behind: ", to_string(leftovers()));
  return judged;
}

// By somebody else's eyes: a validator of JSON Schema, draft 7.
inline void check_schema(const Json& json) {
  TempDir directory;
  const std::string program =
      "import json, sys, jsonschema\n"
      "schema = json.load(open(sys.argv[1]))\n"
      "jsonschema.Draft7Validator.check_schema(schema)\n"
      "jsonschema.validate(json.load(open(sys.argv[2])), schema)\n";
  Process python({.argv = {"python3", "-c", program, child_file("../../../docs/rehearse.schema.json"),
                           directory.write("rehearsal.json", json.dump())}});
  const auto status = python.wait_exit();
  CHECK_MESSAGE(status == (ExitStatus{false, 0}), python.output());
}

#define SHOW_JUDGED(judged) INFO((judged).json.dump(1))

inline bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace lastcall::test
