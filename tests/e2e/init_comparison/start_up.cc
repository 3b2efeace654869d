// How long it takes until the child runs, under each init, in one interleaved run: from before the fork to the child's first byte. Fails
// where lastcall's least time is more than twice tini's; the median also tells who else wanted the processors. LASTCALL_BINARY instead of
// the release build. 77: neither is there, or no tini.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "inits.h"
#include "support/lastcall_run.h"

using namespace lastcall::test;

namespace {

using Microseconds = std::chrono::duration<double, std::micro>;

double once(const Words& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  static const Fd nowhere(check(::open("/dev/null", O_WRONLY | O_CLOEXEC), "/dev/null"));
  int ends[2];
  check(::pipe(ends), "pipe");
  const auto start = Clock::now();
  const int pid = check(::vfork(), "vfork");  // no copy of this program's pages, which would cost more than what is measured
  if (pid == 0) {
    ::dup2(ends[1], 1);
    ::dup2(nowhere.get(), 2);  // tini warns about what it is not
    ::close(ends[0]);
    ::close(ends[1]);
    ::execvp(arguments[0], arguments.data());
    ::_exit(111);
  }
  ::close(ends[1]);
  char byte;
  const bool ran = ::read(ends[0], &byte, 1) == 1;
  const double took = Microseconds(Clock::now() - start).count();
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
  }
  if (!ran) fail("the child did not run under " + words.front());
  return took;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double least(const std::vector<double>& values) { return *std::ranges::min_element(values); }

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 200;
  ::setenv("LASTCALL_BINARY", LASTCALL_RELEASE_BINARY, 0);
  if (!std::filesystem::exists(lastcall_binary())) return std::printf("skipped: no %s\n", lastcall_binary().c_str()), 77;
  std::vector<Init> inits = all_inits();
  ::unsetenv("LASTCALL_BINARY");
  std::erase_if(inits, [](const Init& init) { return !init.installed(); });
  const auto by_name = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(inits, name, &Init::name) - inits.begin());
  };
  if (by_name("tini") == inits.size()) return std::printf("skipped: tini is not installed\n"), 77;
  inits.push_back({.name = "nothing", .version = "", .command = {}});

  std::vector<std::vector<double>> times(inits.size());
  for (int round = 0; round < rounds + 5; ++round)
    for (std::size_t i = 0; i < inits.size(); ++i) {
      const double took = once(under(inits[i].command, spawn_child({"now"})));
      if (round >= 5) times[i].push_back(took);  // the first ones read the files from disk
    }
  std::printf("from the fork to the child's first byte, median and least of %d interleaved runs:\n", rounds);
  for (std::size_t i = 0; i < inits.size(); ++i)
    std::printf("  %-10s %7.0f us %7.0f us\n", inits[i].name.c_str(), median(times[i]), least(times[i]));
  const auto &ours = times[by_name("lastcall")], &tinis = times[by_name("tini")];
  const double ratio = least(ours) / least(tinis);
  std::printf("lastcall takes %.2f times as long as tini at its least (at most 2), %.2f by the median\n", ratio, median(ours) / median(tinis));
  return ratio <= 2.0 ? 0 : 1;
}
