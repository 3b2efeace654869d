#!/bin/sh
# The install target: everything lands where administrators, man, systemd and shells look for it, and the installed daemon works.
# Usage: install_check.sh BUILD_DIRECTORY
set -eu
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install "$1" --prefix "$prefix" >/dev/null

for file in bin/lastcall share/man/man1/lastcall.1 lib/systemd/system/lastcall@.service share/lastcall/lastcall.schema.json \
  share/doc/lastcall/README.md share/doc/lastcall/LICENSE share/doc/lastcall/CHANGELOG.md share/doc/lastcall/docs/operations.md \
  share/doc/lastcall/docs/configuration.md share/doc/lastcall/packaging/examples/lastcall.yaml share/bash-completion/completions/lastcall \
  share/zsh/site-functions/_lastcall share/fish/vendor_completions.d/lastcall.fish; do
  [ -s "$prefix/$file" ] || { echo "not installed: $file" >&2; exit 1; }
done
"$prefix/bin/lastcall" --version
"$prefix/bin/lastcall" check "$prefix/share/doc/lastcall/packaging/examples/lastcall.yaml"
"$(dirname "$0")/links_check.py" "$prefix/share/doc/lastcall"

# systemd names what it does not understand in a unit; it wants the program of ExecStart to exist and finds no man page of ours here.
if command -v systemd-analyze >/dev/null; then
  unit=$prefix/lastcall@.service
  sed -e "s|ExecStart=lastcall|ExecStart=$prefix/bin/lastcall|" -e '/^Documentation=/d' "$prefix/lib/systemd/system/lastcall@.service" >"$unit"
  said=$(systemd-analyze verify "$unit" 2>&1) && [ -z "$said" ] || { echo "systemd-analyze: $said" >&2; exit 1; }
fi
