// The smallest HTTP server that can misbehave on request: one poll loop, a few KiB of memory, for 500 of it side by side and for every
// bad manner that a real server has (dies, hangs, stops itself, ignores signals, never listens).
#pragma once

#include <string>

namespace tiny {

struct ServerOptions {
  int port = 0;             // 0: $PORT
  std::string unix_path;    // instead of a port
  bool listen = true;       // false: never ready
  int listen_delay_ms = 0;  // slow start
  int backlog = 512;
  int idle_close_ms = 0;    // closes a connection that has been idle for so long, and does not announce it; 0: never
  std::string journal;      // the target of every request is appended to this file before anything is done for it
};

// GET /          hello
// GET /pid       "PID PPID"
// GET /slow?ms=N answers late
// GET /body?bytes=N  so many bytes
// GET /last?bytes=N&code=C  so many bytes, then exits with C at once
// GET /die?code=C    exits without an answer
// GET /stop      answers, then stops itself (SIGSTOP)
// POST /echo     the body
int serve(const ServerOptions& options);

}  // namespace tiny
