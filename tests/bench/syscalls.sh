#!/bin/bash
# System calls of the proxy per request, counted by strace: of haproxy and of lastcall, on kept-alive connections (small) and with a new
# connection for each request (churn). The counts don't depend on the machine's speed, and hardly on its load.
#
#   tests/bench/syscalls.sh [--seconds S] [--max N] [SCENARIO...]
#
# --max N: exit 1 if lastcall makes more than N calls a request in any scenario. LASTCALL=binary; without one haproxy alone is counted.
# Needs: strace and the right to trace, haproxy, nginx (the server behind), wrk, curl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
LASTCALL=${LASTCALL:-$here/../../build/release/lastcall}

seconds=2 max= scenarios=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --max) max=$2; shift 2 ;;
    -*) sed -n '2,8p' "$0" >&2; exit 64 ;;
    *) scenarios+=("$1"); shift ;;
  esac
done
[ ${#scenarios[@]} -gt 0 ] || scenarios=(small churn)
for tool in strace haproxy nginx wrk curl; do
  command -v "$tool" >/dev/null || { echo "syscalls.sh: $tool is missing" >&2; exit 69; }
done
LOAD_CPU=0 PROXY_CPU=0 MODE=http

. "$here/harness.sh"
. "$here/peers.sh"
trap 'stop_all; rm -rf "$TMP"' EXIT
trap 'exit 130' INT TERM

proxy_pid() { # the process that carries the traffic
  local child
  for child in $(cat /proc/"$1"/task/*/children); do
    [ "$(tr '\0' ' ' </proc/"$child"/cmdline)" = "lastcall @worker " ] && { echo "$child"; return; }
  done
  echo "$1"
}

count() { # count NAME SCENARIO
  local pid out requests flags=()
  pid=$(proxy_pid "${PIDS[$1]}")
  [ "$2" = small ] || flags=(-H "Connection: close")
  strace -c -f -p "$pid" -o "$TMP/$1.$2" 2>/dev/null &
  local tracer=$!
  until grep -q "^TracerPid:[[:space:]]*$tracer" /proc/"$pid"/status; do sleep 0.05; done
  out=$(wrk -t1 -c16 -d"${seconds}s" "${flags[@]}" "http://127.0.0.1:${PORTS[$1]}/small")
  kill -INT "$tracer"
  wait "$tracer" || true
  if grep -q 'Non-2xx\|Socket errors' <<<"$out"; then echo "syscalls.sh: $1, $2: $out" >&2; exit 1; fi
  requests=$(awk '$2 == "requests" { print $1 }' <<<"$out")
  awk -v n="$requests" -v name="$1" -v max="$3" '
    $1 ~ /^[0-9.]+$/ && $NF != "total" && $4 / n >= 0.005 { calls[$NF] = $4 / n } $1 ~ /^[0-9.]+$/ && $NF != "total" { sum += $4 / n }
    END {
      printf "  %-10s %6.2f a request (%d requests):", name, sum, n
      while (1) { best = ""; for (c in calls) if (best == "" || calls[c] > calls[best]) best = c
        if (best == "") break
        printf " %s %.2f", best, calls[best]; delete calls[best] }
      print ""
      if (max != "" && sum > max) { printf "  FAILED: more than %s\n", max; exit 1 }
    }' "$TMP/$1.$2"
}

BACKEND=$(free_port)
PORTS[direct]=$BACKEND
start_backend
PIDS[direct]=${PIDS[backend]}
wait_for direct "$BACKEND"
names=(haproxy)
[ -x "$LASTCALL" ] && names+=(lastcall) || echo "syscalls.sh: no $LASTCALL: haproxy alone" >&2
for name in "${names[@]}"; do
  PORTS[$name]=$(free_port)
  "start_$name" "${PORTS[$name]}"
  wait_for "$name" "${PORTS[$name]}"
done

failed=0
for scenario in "${scenarios[@]}"; do
  echo "$scenario:"
  for name in "${names[@]}"; do
    limit=$max
    [ "$name" = lastcall ] || limit=
    count "$name" "$scenario" "$limit" || failed=1
  done
done
exit $failed
