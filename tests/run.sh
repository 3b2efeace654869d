#!/usr/bin/env bash
# Installs what is missing, builds, runs the tests; ends with ctest's summary.
#
#   tests/run.sh [--full] [ctest arguments]       e.g. tests/run.sh -R e2e.stop
#
# The quick tier takes less than 15 minutes on 2 cores from a bare clone. --full runs the counts that issues ask for (200 stops, 500
# starts, ...), and first everything but the measurements under the address and undefined behaviour sanitizers. NO_INSTALL=1 leaves the system alone.
set -euo pipefail
cd "$(dirname "$0")/.."

full=0
if [ "${1:-}" = --full ]; then
  full=1
  shift
fi

tier=all
[ "$full" = 0 ] || tier=full
[ "${NO_INSTALL:-0}" = 1 ] || tests/install.sh "$tier"

jobs=$(nproc)
build() { # PRESET [TARGET...]
  local preset=$1
  shift
  echo "== building: $preset"
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"} -- --quiet
}

build release
build dev

if [ "$full" = 1 ]; then
  export LASTCALL_FULL=1
  build asan
  echo "== unit tests under the sanitizers"
  ctest --test-dir build/asan -R '^unit' --output-on-failure -j "$jobs"
  echo "== conversations and end-to-end topics under the sanitizers"
  tests/sanitizers/run
fi

# Deadlines of a few hundred milliseconds are judged: two tests at a time at most, whatever the machine.
echo "== tests"
exec ctest --test-dir build/dev --output-on-failure -j 2 "$@"
