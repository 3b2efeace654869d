# A server whose health the tests command: by its flags at first, by requests later. No library beyond Python's own.
#
#   --bad N         the first N answers to /healthz are 503
#   --status N      what /healthz answers after that (200)
#   --notify TEXT   says TEXT to NOTIFY_SOCKET once it listens; may come again; "\n" is two characters
#   --feed          says WATCHDOG=1 at half of WATCHDOG_USEC, until /starve
#   --print TEXT    prints TEXT once it listens, between other lines
#   --touch FILE    creates FILE once it listens
#   --port N        listens there instead of at PORT
#   --stop-takes MS ends with 0 so long after SIGTERM
#   --asks-for USEC says EXTEND_TIMEOUT_USEC then, once
#   --deaf          listens nowhere, and waits to be killed
#
# /set?STATUS  what /healthz answers    /hang  nothing is answered any more     /starve  no more WATCHDOG=1
# /slow?MS     answers after a while    /env?NAME  a variable                   /say?TEXT  to NOTIFY_SOCKET
import http.server, os, signal, socket, socketserver, sys, threading, time, urllib.parse

state = {"bad": 0, "status": 200, "asked": 0, "hang": False, "feed": True}


def flag(name):
    return [sys.argv[i + 1] for i, word in enumerate(sys.argv) if word == name]


def say(text):
    name = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.sendto(text.replace("\\n", "\n").encode(), name.replace("@", "\0", 1))


def end_slowly(*_):
    for usec in flag("--asks-for"):
        say("EXTEND_TIMEOUT_USEC=" + usec)
    time.sleep(int(flag("--stop-takes")[0]) / 1000)
    os._exit(0)


def feed():
    while state["feed"]:
        say("WATCHDOG=1")
        time.sleep(int(os.environ["WATCHDOG_USEC"]) / 2e6)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        while state["hang"]:
            time.sleep(3600)
        path, _, query = self.path.partition("?")
        query = urllib.parse.unquote(query)
        status, body = 200, "%d\n" % os.getpid()
        if path == "/healthz":
            state["asked"] += 1
            status = 503 if state["asked"] <= state["bad"] else state["status"]
        elif path == "/set":
            state["status"] = int(query)
        elif path == "/hang":
            state["hang"] = True
        elif path == "/starve":
            state["feed"] = False
        elif path == "/slow":
            time.sleep(int(query) / 1000)
        elif path == "/env":
            body = os.environ.get(query, "")
        elif path == "/asked":
            body = str(state["asked"])
        elif path == "/say":
            say(query)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


if flag("--stop-takes"):
    signal.signal(signal.SIGTERM, end_slowly)
state["bad"] = int((flag("--bad") or ["0"])[0])
state["status"] = int((flag("--status") or ["200"])[0])
server = None if "--deaf" in sys.argv else Server(("127.0.0.1", int((flag("--port") or [os.environ.get("PORT")])[0])), Handler)
if server is not None:
    print("the child listens", flush=True)
for text in flag("--print"):
    print("noise\n" + text + "\nand more", flush=True)
for name in flag("--touch"):
    open(name, "w").close()
for text in flag("--notify"):
    say(text)
if "--feed" in sys.argv:
    threading.Thread(target=feed, daemon=True).start()
if server is None:
    threading.Event().wait()
server.serve_forever()
