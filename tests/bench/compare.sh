#!/bin/bash
# CPU per request of lastcall beside haproxy and nginx: the same load, one worker each, interleaved rounds (direct, haproxy, nginx,
# lastcall, direct, ...), medians, ratios to haproxy. See docs/performance.md for what to believe of it.
#
#   tests/bench/compare.sh [--rounds N] [--seconds S] [--layout one|apart] [--max-ratio R] [SCENARIO...]
#
# Scenarios: small head body64k body1m churn tcp tcp1m unix (the last: lastcall reaches the backend by a Unix socket, the others by TCP).
# --layout one: load, proxies and backend share core 0 (steadier); apart: the proxy alone on core 1.
# --max-ratio R: exit 1 if lastcall's CPU per request is more than R times haproxy's in any scenario.
# LASTCALL=binary; without one only the peers run. Needs: haproxy, nginx, wrk, cc, curl.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
LASTCALL=${LASTCALL:-$here/../../build/release/lastcall}

rounds=7 seconds=3 layout=one max_ratio= scenarios=()
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --layout) layout=$2; shift 2 ;;
    --max-ratio) max_ratio=$2; shift 2 ;;
    -*) sed -n '2,12p' "$0" >&2; exit 64 ;;
    *) scenarios+=("$1"); shift ;;
  esac
done
[ ${#scenarios[@]} -gt 0 ] || scenarios=(small)
LOAD_CPU=0 PROXY_CPU=0
[ "$layout" = one ] || PROXY_CPU=1
for tool in haproxy nginx wrk cc curl; do
  command -v "$tool" >/dev/null || { echo "compare.sh: $tool is missing" >&2; exit 69; }
done

. "$here/harness.sh"
congestion=/proc/sys/net/ipv4/tcp_congestion_control
congestion_before=$(cat $congestion)

clean_up() {
  stop_all
  [ "$(cat $congestion)" = "$congestion_before" ] || echo "$congestion_before" >$congestion
  rm -rf "$TMP"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# bbr paces bulk on loopback to a third of cubic's speed; listeners take over what is set when they are made.
if [ "$congestion_before" != cubic ] && ! echo cubic 2>/dev/null >$congestion; then
  echo "compare.sh: congestion control stays $congestion_before (not root): bulk figures will be too low" >&2
fi

. "$here/peers.sh"

# Nanoseconds on a CPU of a process and all its descendants, every thread of them.
cpu_ns() {
  local pid=$1 sum=0 task ns rest child
  for task in /proc/"$pid"/task/*/schedstat; do
    read -r ns rest <"$task" && sum=$((sum + ns))
  done
  for child in $(cat /proc/"$pid"/task/*/children 2>/dev/null); do sum=$((sum + $(cpu_ns "$child"))); done
  echo $sum
}

cc -O2 -o "$TMP/syscall_ns" "$here/syscall_ns.c"
speed() { taskset -c "$LOAD_CPU" "$TMP/syscall_ns"; }
fastest=$(for _ in 1 2 3 4 5; do speed; done | sort -n | head -1)
slow=$((fastest * 17 / 10)) # 85 ns becomes 150

browser_head=(-H "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36"
  -H "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8" -H "Accept-Encoding: gzip, deflate"
  -H "Accept-Language: en-GB,en;q=0.9,de;q=0.8" -H "Cache-Control: max-age=0" -H "Upgrade-Insecure-Requests: 1"
  -H "Sec-Fetch-Site: none" -H "Sec-Fetch-Mode: navigate" -H "Sec-Fetch-Dest: document" -H "Referer: http://example.org/a/page?with=query"
  -H "Cookie: session=6f1d3c8e9b7a4f2d8c5e1a0b9d8c7e6f; theme=dark; consent=necessary.analytics; last=1718000000")

# sample NAME: one run of wrk against it; appends "cpu_us requests_per_s p50_us p99_us" to its file, or counts a slow phase.
sample() {
  local name=$1 before after from to out
  before=$(speed)
  from=0 to=0
  [ "$name" = direct ] || from=$(cpu_ns "${PIDS[$name]}")
  out=$(taskset -c "$LOAD_CPU" wrk -t1 -c64 -d"${seconds}s" --latency "${wrk_flags[@]}" "http://127.0.0.1:${PORTS[$name]}$path")
  [ "$name" = direct ] || to=$(cpu_ns "${PIDS[$name]}")
  after=$(speed)
  if grep -q 'Non-2xx\|Socket errors' <<<"$out"; then
    echo "compare.sh: $name, $scenario: $(grep 'Non-2xx\|Socket errors' <<<"$out")" >&2; exit 1
  fi
  if [ "$before" -gt "$slow" ] || [ "$after" -gt "$slow" ]; then dropped=$((dropped + 1)); return; fi
  awk -v ns=$((to - from)) '
    function us(t) { return t ~ /us$/ ? t + 0 : t ~ /ms$/ ? t * 1000 : t * 1000000 }
    $1 == "50%" { p50 = us($2) } $1 == "99%" { p99 = us($2) }
    $2 == "requests" { n = $1 } $1 == "Requests/sec:" { rate = $2 }
    END { printf "%.3f %.0f %.0f %.0f\n", ns / 1000 / n, rate, p50, p99 }' <<<"$out" >>"$TMP/$scenario.$name"
}

median() { # median FILE COLUMN
  awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

names=(direct haproxy nginx)
[ -x "$LASTCALL" ] && names+=(lastcall) || echo "compare.sh: no $LASTCALL: the peers alone" >&2

failed=0
for scenario in "${scenarios[@]}"; do
  MODE=http path=/small wrk_flags=() run=("${names[@]}")
  case $scenario in
    small) ;;
    head) wrk_flags=("${browser_head[@]}") ;;
    body64k) path=/64k ;;
    body1m) path=/1m ;;
    churn) wrk_flags=(-H "Connection: close") ;;
    unix) MODE=unix ;;
    tcp | tcp1m)
      MODE=tcp
      [ "$scenario" = tcp ] || path=/1m
      run=("${names[@]/nginx/}") ;; # Debian's nginx has no stream module by default
    *) echo "compare.sh: unknown scenario $scenario" >&2; exit 64 ;;
  esac
  BACKEND=$(free_port)
  PORTS[direct]=$BACKEND
  start_backend
  PIDS[direct]=${PIDS[backend]}
  wait_for direct "$BACKEND"
  for name in "${run[@]}"; do
    [ "$name" = direct ] || [ -z "$name" ] && continue
    PORTS[$name]=$(free_port)
    "start_$name" "${PORTS[$name]}"
    wait_for "$name" "${PORTS[$name]}"
  done

  dropped=0
  for ((round = 0; round < rounds; round++)); do
    for name in "${run[@]}"; do [ -z "$name" ] || sample "$name"; done
  done
  stop_all

  printf '\n%s: layout %s, %d rounds of %d s, 64 connections, %d samples dropped in slow phases (getppid over %d ns)\n' \
    "$scenario" "$layout" "$rounds" "$seconds" "$dropped" "$slow"
  printf '  %-10s %14s %10s %12s %8s %8s %8s\n' "" "CPU us/request" "ratio" "requests/s" "p50 us" "p99 us" samples
  for name in "${run[@]}"; do
    [ -n "$name" ] || continue
    file=$TMP/$scenario.$name
    [ -s "$file" ] || { echo "compare.sh: every sample of $name fell into a slow phase" >&2; failed=1; continue; }
    ratio=- cpu=-
    if [ "$name" != direct ]; then
      cpu=$(median "$file" 1)
      [ -s "$TMP/$scenario.haproxy" ] && ratio=$(awk -v a="$cpu" -v b="$(median "$TMP/$scenario.haproxy" 1)" 'BEGIN { printf "%.2f", a / b }')
    fi
    printf '  %-10s %14s %10s %12.0f %8.0f %8.0f %8d\n' "$name" "$cpu" "$ratio" "$(median "$file" 2)" "$(median "$file" 3)" \
      "$(median "$file" 4)" "$(wc -l <"$file")"
    if [ "$name" = lastcall ] && [ -n "$max_ratio" ] && awk -v r="$ratio" -v m="$max_ratio" 'BEGIN { exit !(r > m) }'; then
      echo "  FAILED: $ratio is more than $max_ratio"
      failed=1
    fi
  done
done
exit $failed
