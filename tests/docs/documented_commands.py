#!/usr/bin/env python3
"""Runs what the documents show, so that they cannot lie. Usage: documented_commands.py --binary LASTCALL [--expect-failures N] FILE.md...

Every fenced block of shell or YAML says behind its language what it is:
  ```sh run             run as one script by `sh -e`; `sh run exit=78`: must end with 78
  ```sh serve           each line is a server: it must answer, and end with 0 after SIGTERM
  ```sh test=NAME       run by the ctest test NAME instead
  ```sh elsewhere=WHY   can't be run here
  ```yaml check         `lastcall check` must accept it;  ```yaml elsewhere=WHY: a file of somebody else's
A block without such a word is a failure. Files *.yaml given as arguments are checked too. Everything runs in a directory with the files
of fixtures/ and in a network and pid namespace of its own, so that ports are free and nothing stays behind.
"""
import argparse
import fcntl
import os
import pathlib
import re
import select
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BOUND_S = 20


class Failed(Exception):
    pass


def enter_namespaces():
    """Starts this program again in namespaces of its own, once; with a user namespace where we are not root."""
    if os.environ.get("DOCUMENTED_COMMANDS_INSIDE"):
        return
    os.environ["DOCUMENTED_COMMANDS_INSIDE"] = "1"
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    os.execvp("unshare", ["unshare", *user, "--net", "--pid", "--mount-proc", "--fork", "--kill-child", sys.executable, *sys.argv])


def loopback_up():
    SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
    with socket.socket() as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


class Block:
    def __init__(self, path, line, language, marker, text):
        self.where, self.language, self.marker, self.text = f"{path}:{line}", language, marker, text


def blocks(path):
    found, current, start, info = [], None, 0, ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = re.match(r"\s*```(.*)$", line)
        if current is None and fence:
            current, start, info = [], number, fence.group(1).split()
        elif current is not None and fence:
            if info and info[0] in ("sh", "bash", "shell", "console", "yaml"):
                found.append(Block(path, start, info[0], info[1:], "\n".join(current) + "\n"))
            current = None
        elif current is not None:
            current.append(line)
    return found


def environment(directory):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LASTCALL_") and name != "PORT"}
    kept["PATH"] = f"{directory}/bin:{kept['PATH']}"
    kept["NODE_PATH"] = "/usr/share/nodejs"  # where Debian keeps its modules
    return kept


def run_script(text, wanted, directory):
    try:
        done = subprocess.run(["sh", "-e", "-c", text], cwd=directory, env=environment(directory), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=BOUND_S, text=True)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"did not end within {BOUND_S} s: {(late.output or b'')[-3000:]!r}")
    if done.returncode != wanted:
        raise Failed(f"ended with {done.returncode}, not {wanted}:\n{done.stdout[-3000:]}")


def address_of(words):
    """Where clients of this command line connect."""
    text = words[words.index("--listen") + 1] if "--listen" in words else ":8080"
    if text.startswith("unix:"):
        return socket.AF_UNIX, text[len("unix:"):]
    host, port = text.rsplit(":", 1)
    return socket.AF_INET, (host or "127.0.0.1", int(port))


def ask(family, address, request):
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        client.connect(address)
        client.sendall(request)
        return client.recv(4096)


def wait_until_it_answers(server, words):
    tcp = "--tcp" in words
    request = b"PING\r\n" if tcp else b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    wanted = rb"\+PONG" if tcp else rb"HTTP/1\.[01] [23]"
    family, address = address_of(words)
    answer = b""
    for _ in range(BOUND_S * 50):
        if server.poll() is not None:
            raise Failed(f"ended with {server.returncode} instead of serving")
        try:
            answer = ask(family, address, request)
        except OSError as error:
            answer = str(error).encode()
        if re.match(wanted, answer):
            return
        time.sleep(0.02)
    raise Failed(f"no answer on {address}: {answer[:200]!r}")


def wait_for_output(server):
    """A program without a port shows that it runs by saying something."""
    if not select.select([server.stdout], [], [], BOUND_S)[0]:
        raise Failed("it said nothing")


def run_server(line, directory):
    words = shlex.split(line, comments=True)
    if not words:
        return
    log = tempfile.TemporaryFile()
    server = subprocess.Popen(["sh", "-c", f"exec {line}"], cwd=directory, env=environment(directory), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=log)
    try:
        if "--no-proxy" in words:
            wait_for_output(server)
        else:
            wait_until_it_answers(server, words)
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(BOUND_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"still there {BOUND_S} s after SIGTERM")
        if server.returncode != 0:
            raise Failed(f"ended with {server.returncode} after SIGTERM")
    except Failed as failure:
        log.seek(0)
        raise Failed(f"{line}\n{failure}\n{log.read().decode(errors='replace')[-3000:]}")
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
        server.stdout.close()
        log.close()


def run_block(block, directory):
    word = block.marker[0] if block.marker else ""
    options = dict(each.split("=", 1) for each in block.marker[1:] if "=" in each)
    if word.startswith(("elsewhere=", "test=")):
        return
    if block.language == "sh" and word == "run":
        run_script(block.text, int(options.get("exit", 0)), directory)
    elif block.language == "sh" and word == "serve":
        for line in block.text.splitlines():
            run_server(line, directory)
    elif block.language == "yaml" and word == "check":
        (directory / "shown.yaml").write_text(block.text)
        run_script("lastcall check shown.yaml", 0, directory)
    else:
        raise Failed("a block without a known word behind its language: run, serve, check, test=NAME or elsewhere=WHY")


def still_there():
    """What runs in our pid namespace beside us, by its command line; zombies that became ours are reaped on the way."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) != os.getpid():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip())
        except OSError:
            pass  # gone meanwhile
    return found


def nothing_stays_behind():
    end = time.monotonic() + 2
    while (left := still_there()) and time.monotonic() < end:
        time.sleep(0.02)
    if left:
        assert os.getpid() == 1  # "everybody" is everybody in a namespace of ours
        os.kill(-1, signal.SIGKILL)
        while still_there():
            time.sleep(0.02)
        raise Failed("left behind: " + "; ".join(left))


def prepare(binary):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="lastcall-docs-"))
    directory.chmod(0o755)  # the worker runs as nobody
    shutil.copytree(HERE / "fixtures", directory, dirs_exist_ok=True)
    shutil.copy(HERE.parent.parent / "packaging/examples/lastcall.yaml", directory)
    (directory / "bin").mkdir()
    (directory / "bin" / "lastcall").symlink_to(binary.resolve())
    return directory


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--expect-failures", type=int, default=0)
    parser.add_argument("files", type=pathlib.Path, nargs="+")
    arguments = parser.parse_args()
    enter_namespaces()
    loopback_up()

    todo = []
    for path in arguments.files:
        todo += [Block(path, 1, "yaml", ["check"], path.read_text())] if path.suffix == ".yaml" else blocks(path)
    failures = 0
    for block in todo:
        directory = prepare(arguments.binary)
        began = time.monotonic()
        failure = None
        for step in (lambda: run_block(block, directory), nothing_stays_behind):
            try:
                step()
            except Failed as found:
                failure = failure or found
        failures += failure is not None
        result = f"FAILED  {block.where}: {failure}" if failure else f"ok      {block.where} {' '.join(block.marker)}"
        print(f"{result} ({time.monotonic() - began:.1f} s)", flush=True)
        shutil.rmtree(directory)
    print(f"{len(todo)} blocks, {failures} failed, {arguments.expect_failures} expected")
    return 0 if todo and failures == arguments.expect_failures else 1


if __name__ == "__main__":
    sys.exit(main())
