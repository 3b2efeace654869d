#include "support/fd.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lastcall::test {

void fail(const std::string& what) {
  std::fprintf(stderr, "test support: %s\n", what.c_str());
  std::abort();
}

int check(int result, const char* what) {
  if (result < 0) fail(std::string(what) + ": " + std::strerror(errno));
  return result;
}

}  // namespace lastcall::test
