# Starts and stops what the scripts here measure: a folder for all files, programs by name, ports. Sourced; whoever sources it calls
# stop_all and removes $TMP at its end.

TMP=$(mktemp -d)
chmod 755 "$TMP" # the worker of lastcall runs as nobody and must reach the backend's socket
declare -A PIDS=() PORTS=()

stop_all() {
  local pid
  for pid in "${PIDS[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${PIDS[@]}"; do wait "$pid" 2>/dev/null || true; done
  PIDS=()
}

launch() { # launch NAME CPU COMMAND...
  local name=$1 cpu=$2
  shift 2
  taskset -c "$cpu" "$@" >"$TMP/$name.log" 2>&1 &
  PIDS[$name]=$!
}

free_port() { # below the ephemeral range, so that no connection of ours takes it meanwhile
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

wait_for() { # wait_for NAME PORT
  local tries=0
  until curl -fsS -o /dev/null "http://127.0.0.1:$2/small" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -gt 200 ] || ! kill -0 "${PIDS[$1]}" 2>/dev/null; then
      echo "$1 does not answer" >&2; cat "$TMP/$1.log" >&2; exit 1
    fi
    sleep 0.05
  done
}
