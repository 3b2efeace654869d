// Debian's nginx as a child, with the configuration of children/nginx.conf: one foreground process tree, nothing outside its prefix.
#pragma once

#include "e2e.h"
#include "support/free_port.h"

namespace lastcall::test {

inline Words nginx(const TempDir& prefix, const FreePort& port) {
  std::string config = read_file(child_file("nginx.conf"));
  for (const auto& [name, value] : {std::pair<std::string, std::string>{"@PORT@", port.text()}, {"@ROOT@", prefix.path()}, {"@PREFIX@", prefix.path()}})
    for (std::size_t at = config.find(name); at != std::string::npos; at = config.find(name, at)) config.replace(at, name.size(), value);
  return {"nginx", "-p", prefix.path(), "-c", prefix.write("nginx.conf", config), "-e", "stderr"};
}

}  // namespace lastcall::test
