#!/bin/bash
# What the shells complete, asked of the shells themselves: bash's function is called as readline would, fish answers `complete -C`, and
# zsh reads its file. Usage: completions_check.sh DIRECTORY (of the generated files)
set -u
directory=$1
failed=0

expect() { # SHELL LINE WANTED [UNWANTED] ; the offers on standard input
  local offers
  offers=$(cat)
  grep -qxF -- "$3" <<<"$offers" || { echo "$1: '$2' does not offer $3: ${offers:0:200}"; failed=1; }
  [ -z "${4:-}" ] || ! grep -qxF -- "$4" <<<"$offers" || { echo "$1: '$2' offers $4"; failed=1; }
}

by_bash() { # LINE: one word each
  (
    . "$directory/lastcall.bash"
    read -ra COMP_WORDS <<<"$1"
    [[ $1 == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=()
    _lastcall
    printf '%s\n' "${COMPREPLY[@]}"
  )
}

by_fish() { fish --no-config -c "source '$directory/lastcall.fish'; complete -C '$1'" 2>&1 | cut -f1; }

for shell in bash fish; do
  command -v $shell >/dev/null || { echo "no $shell here"; continue; }
  while IFS='|' read -r line wanted unwanted; do
    by_$shell "$line" | expect $shell "$line" "$wanted" "$unwanted"
  done <<'CASES'
lastcall re|rehearse|check
lastcall --gra|--grace|--groups
lastcall --log-level |debug|
lastcall ctl |stop|rehearse
lastcall ctl stop --|--now|--listen
lastcall ctl loglevel |debug|status
lastcall job --|--heartbeat|--listen
lastcall rehearse --platform |kubernetes|
lastcall rehearse --run|--run-hooks|
lastcall rehearse --gra|--grace|
CASES
done
if command -v zsh >/dev/null; then zsh -n "$directory/_lastcall" || failed=1; fi
exit $failed
