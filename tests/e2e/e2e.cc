#include "e2e.h"

namespace lastcall::test {

std::string child_file(const std::string& name) { return std::string(LASTCALL_CHILDREN) + "/" + name; }

Words tiny(const Words& arguments) {
  Words words{LASTCALL_TINY_CHILD};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

Words tiny_server(const Words& flags) {
  Words words = tiny({"serve"});
  words.insert(words.end(), flags.begin(), flags.end());
  return words;
}

Words node(const std::string& program) { return {"node", child_file(program)}; }

RunOptions run_node(const std::string& program, const Words& flags) {
  RunOptions options{.flags = flags, .child = node(program)};
  options.spawn.environment["NODE_PATH"] = "/usr/share/nodejs";
  return options;
}

}  // namespace lastcall::test
