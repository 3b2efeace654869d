// The figures that issue 2 bounds: time of an idle stop, size of the static binary, memory of supervisor and worker at idle. Prints them
// all; exits 1 where one is over its bound. Measures build/release/lastcall where it exists (LASTCALL_RELEASE_BINARY), since that is what
// people run; without it, says so and measures this build, whose size and memory it does not judge.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "storm_target.h"
#include "support/http_client.h"

using namespace lastcall::test;

namespace {

constexpr Milliseconds kStopBound = 150ms;       // median, from the signal to the exit
constexpr std::uintmax_t kSizeBound = 5 << 20;
constexpr long kMemoryBoundKib = 12 << 10;
constexpr int kStops = 9;

// Shared pages counted once for each process that maps them, as RSS does: the stricter reading.
long resident_together(LastcallRun& run) { return resident_kib(run.supervisor_pid()) + resident_kib(run.worker_pid()); }

bool judge(const char* what, double value, double bound, const char* unit, bool judged) {
  const bool good = value <= bound;
  std::printf("%-42s %9.2f %-4s (bound %.2f)%s\n", what, value, unit, bound, !judged ? " not judged" : good ? "" : " OVER");
  return good || !judged;
}

}  // namespace

int main() {
  const char* given = std::getenv("LASTCALL_RELEASE_BINARY");
  const std::string release = given != nullptr ? given : LASTCALL_RELEASE_BINARY;
  const bool has_release = std::filesystem::exists(release);
  if (has_release) {
    ::setenv("LASTCALL_BINARY", release.c_str(), 1);
  } else {
    std::printf("%s is not built: figures of %s\n", release.c_str(), lastcall_binary().c_str());
  }

  std::vector<Milliseconds> stops;
  long memory = 0;
  for (int i = 0; i < kStops; ++i) {
    LastcallRun run({.child = tiny_server()});
    if (!run.wait_ready()) {
      std::printf("never ready; it said:\n%s\n", run.log().c_str());
      return 1;
    }
    if (fetch(run.port(), "/").response.status != 200) return 1;  // so that the worker has done its first work
    memory = std::max(memory, resident_together(run));
    run.stop();
    if (run.wait_exit() != ExitStatus{false, 0}) return 1;
    stops.push_back(run.since_stop());
  }
  std::ranges::sort(stops);

  bool good = judge("idle stop, signal to exit, median", static_cast<double>(stops[kStops / 2].count()), static_cast<double>(kStopBound.count()),
                    "ms", true);
  good = judge("supervisor and worker at idle, RSS together", static_cast<double>(memory) / 1024, kMemoryBoundKib / 1024.0, "MiB", has_release) && good;
  const auto size = static_cast<double>(std::filesystem::file_size(lastcall_binary()));
  good = judge("binary", size / (1 << 20), static_cast<double>(kSizeBound) / (1 << 20), "MiB", has_release) && good;
  return good ? 0 : 1;
}
