#!/usr/bin/env python3
"""Runs every program of docs/child-api.md (fenced blocks marked `example`) as the child of lastcall. Each must see that lastcall serves, do a
job, ask for a shutdown with code 3 and hear of it; lastcall must leave with that code. Usage: child_api.py LASTCALL DOCUMENT"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

RUNNERS = {"sh": ["sh", "-e"], "js": ["node"], "python": ["python3"], "ruby": ["ruby"], "go": ["go", "run"]}
ENDINGS = {"sh": "sh", "js": "js", "python": "py", "ruby": "rb", "go": "go"}
BOUND_S = 90  # go builds it first


def check(binary, language, text):
    if shutil.which(RUNNERS[language][0]) is None:
        print(f"skipped {language}: {RUNNERS[language][0]} is not installed; tests/install.sh installs it")
        return True
    with tempfile.TemporaryDirectory(prefix="lastcall-child-api-") as directory:
        program = pathlib.Path(directory, f"example.{ENDINGS[language]}")
        program.write_text(text)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LASTCALL_")}
        environment |= {"GOCACHE": f"{directory}/cache", "GO111MODULE": "off", "HOME": directory}
        command = RUNNERS[language] + [str(program)]
        if language == "go":  # built first: what lastcall stops is the program, not its compiler
            subprocess.run(["go", "build", "-o", f"{directory}/example", str(program)], env=environment, check=True, timeout=BOUND_S)
            command = [f"{directory}/example"]
        done = subprocess.run([binary, "--no-proxy", "--grace", "10s", "--", *command], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=BOUND_S)
    missing = [words for words in ("serving", "told of the stop") if words not in done.stdout]
    if done.returncode == 3 and not missing:
        print(f"ok      {language}")
        return True
    print(f"FAILED  {language}: ended with {done.returncode}, not 3; missing: {missing}\n{done.stdout}")
    return False


def main():
    binary, document = sys.argv[1:]
    found = re.findall(r"^```(\w+) (?:test=docs.child_api )?example.*?\n(.*?)^```$", pathlib.Path(document).read_text(), re.M | re.S)
    if sorted(language for language, _ in found) != sorted(RUNNERS):
        sys.exit(f"the document has {[language for language, _ in found]}, not one program for each of {list(RUNNERS)}")
    return 0 if all([check(binary, language, text) for language, text in found]) else 1


sys.exit(main())
