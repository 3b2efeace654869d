#!/bin/sh
# See it for yourself: builds lastcall, puts it in front of an Express server that knows nothing of graceful shutdown, sends SIGTERM in
# the middle of the traffic, and prints what the clients saw, beside the same run without lastcall. Debian 12; as root or with sudo.
# QUICKSTART_BINARY: use this binary and build nothing (tests do).
set -eu
cd "$(dirname "$0")/.."

missing=
need() { # need PACKAGE...: those that are not installed
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
  done
}

need node-express
command -v node >/dev/null || need nodejs
if [ -z "${QUICKSTART_BINARY:-}" ]; then
  need g++ cmake ninja-build libuv1-dev libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev nlohmann-json3-dev node-llhttp
fi
if [ -n "$missing" ]; then
  echo "Installing$missing"
  as_root=
  [ "$(id -u)" -eq 0 ] || as_root=sudo
  $as_root apt-get update -qq
  # shellcheck disable=SC2086 # the list is meant to be split
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

if [ -n "${QUICKSTART_BINARY:-}" ]; then
  binary=$QUICKSTART_BINARY
else
  binary=build/release/lastcall
  echo "Building $binary (one static file)"
  cmake --preset release >/dev/null
  cmake --build --preset release -- --quiet
fi
"$binary" --version

echo "Two runs of packaging/quickstart/server.js under load, with SIGTERM in the middle of it..."
# Debian keeps its modules here; a node from elsewhere does not look there by itself.
export NODE_PATH="/usr/share/nodejs${NODE_PATH:+:$NODE_PATH}"
exec node packaging/quickstart/compare.js "$binary"
