#include "base/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace lastcall {

Error system_error(std::string what, int code) {
  what += ": ";
  what += strerrordesc_np(code) ? strerrordesc_np(code) : "unknown error";
  return Error{code, std::move(what)};
}

Error system_error(std::string what) { return system_error(std::move(what), errno); }

void panic(const char* message, const char* file, int line) {
  std::fprintf(stderr, "lastcall: internal error: %s (%s:%d)\n", message, file, line);
  std::abort();
}

}  // namespace lastcall
