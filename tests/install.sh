#!/usr/bin/env bash
# Installs what a build and the tests need, from Debian's packages, and only what is missing. Services that come with a package
# (nginx, redis) are not started: the tests run their own.
set -euo pipefail

build=(g++ cmake ninja-build ccache git libuv1-dev libyaml-cpp-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libcli11-dev
  doctest-dev node-llhttp)
tests=(nodejs node-express python3 gunicorn nginx redis-server chromium tini dumb-init catatonit strace iproute2 procps util-linux curl
  varnish slowhttptest systemd node-ws python3-jsonschema prometheus ruby golang-go fish zsh)

full=(buildah debootstrap)

case "${1:-all}" in
  all) wanted=("${build[@]}" "${tests[@]}") ;;
  full) wanted=("${build[@]}" "${tests[@]}" "${full[@]}") ;;
  build) wanted=("${build[@]}") ;;
  *) echo "usage: $0 [all|build|full]" >&2; exit 64 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "tests/install.sh: root or sudo is needed to install: ${missing[*]}" >&2; exit 77; }
  root=(sudo)
fi

# invoke-rc.d asks policy-rc.d before it starts a service; 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
  "${root[@]}" chmod +x "$policy"
  trap '"${root[@]}" rm -f "$policy"' EXIT
fi

echo "installing: ${missing[*]}"
"${root[@]}" apt-get update -q >/dev/null
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "${missing[@]}" >/tmp/lastcall-apt.log 2>&1 || {
  tail -n 30 /tmp/lastcall-apt.log >&2
  exit 1
}
