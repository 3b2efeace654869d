# How each peer is configured and started, for compare.sh: one worker each, keep-alive on both sides, no access log. Sourced.
# Every start function leaves its pid in the array PIDS under its name.

start_backend() { # nginx as the server behind: static answers from memory, /small is 128 bytes
  mkdir -p "$TMP/www" "$TMP/backend"
  head -c 128 /dev/zero | tr '\0' x >"$TMP/www/small"
  head -c 65536 /dev/zero | tr '\0' x >"$TMP/www/64k"
  head -c 1048576 /dev/zero | tr '\0' x >"$TMP/www/1m"
  cat >"$TMP/backend.conf" <<EOF
daemon off; master_process off; pid $TMP/backend.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; open_file_cache max=16;
  client_body_temp_path $TMP/backend; proxy_temp_path $TMP/backend; fastcgi_temp_path $TMP/backend;
  uwsgi_temp_path $TMP/backend; scgi_temp_path $TMP/backend;
  server {
    listen 127.0.0.1:$BACKEND; listen unix:$TMP/backend.sock;
    root $TMP/www;
    location = /small { return 200 "$(cat "$TMP/www/small")"; }
  }
}
EOF
  launch backend "$LOAD_CPU" nginx -p "$TMP" -c "$TMP/backend.conf"
}

start_haproxy() { # start_haproxy PORT
  local server="127.0.0.1:$BACKEND"
  cat >"$TMP/haproxy.cfg" <<EOF
global
  nbthread 1
  maxconn 4096
defaults
  mode $([ "$MODE" = tcp ] && echo tcp || echo http)
  timeout client 30s
  timeout server 30s
  timeout connect 5s
$([ "$MODE" = tcp ] || echo "  http-reuse always")
listen bench
  bind 127.0.0.1:$1
  server backend $server
EOF
  launch haproxy "$PROXY_CPU" haproxy -db -q -f "$TMP/haproxy.cfg"
}

start_nginx() { # start_nginx PORT
  mkdir -p "$TMP/nginx"
  cat >"$TMP/nginx.conf" <<EOF
daemon off; worker_processes 1; pid $TMP/nginx.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path $TMP/nginx; proxy_temp_path $TMP/nginx; fastcgi_temp_path $TMP/nginx;
  uwsgi_temp_path $TMP/nginx; scgi_temp_path $TMP/nginx;
  upstream backend { server 127.0.0.1:$BACKEND; keepalive 256; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:$1;
    location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
EOF
  launch nginx "$PROXY_CPU" nginx -p "$TMP" -c "$TMP/nginx.conf"
}

start_lastcall() { # start_lastcall PORT; the child only waits: the backend is the one that everybody has
  local upstream="127.0.0.1:$BACKEND"
  [ "$MODE" = unix ] && upstream="unix:$TMP/backend.sock"
  local flags=()
  [ "$MODE" = tcp ] && flags=(--tcp)
  launch lastcall "$PROXY_CPU" "$LASTCALL" "${flags[@]}" --listen "127.0.0.1:$1" --upstream "$upstream" -- sleep 100000
}
