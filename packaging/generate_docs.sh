#!/bin/sh
# Writes the documents that `lastcall docs` prints to their places in the tree; with --check compares instead, and fails where a copy is old.
#
#   packaging/generate_docs.sh [--check] [path of lastcall]
set -eu
check=no
if [ "${1-}" = --check ]; then
  check=yes
  shift
fi
root=$(cd "$(dirname "$0")/.." && pwd)
lastcall=${1:-$root/build/release/lastcall}
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
old=0

document() { # kind, path in the tree
  "$lastcall" docs "$1" >"$fresh"
  if [ $check = no ]; then
    mkdir -p "$(dirname "$root/$2")"
    cp "$fresh" "$root/$2"
    chmod 644 "$root/$2"
  elif ! diff -u "$root/$2" "$fresh"; then
    echo "$2 differs from what \`lastcall docs $1\` prints; run packaging/generate_docs.sh" >&2
    old=1
  fi
}

document markdown docs/configuration.md
document man packaging/lastcall.1
document schema packaging/lastcall.schema.json
document bash packaging/completions/lastcall.bash
document zsh packaging/completions/_lastcall
document fish packaging/completions/lastcall.fish
exit $old
