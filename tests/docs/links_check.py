#!/usr/bin/env python3
"""Every relative link of the documents leads to a file or a directory of the same tree.

Usage: links_check.py ROOT [DOCUMENT_OR_DIRECTORY...]     without names: every document below ROOT
"""
import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote

LINK = re.compile(r"\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)|^\s*\[[^\]]+\]:\s+(\S+)|(?:href|src)=\"([^\"]+)\"", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#", re.IGNORECASE)


def links(text):
    for match in LINK.finditer(CODE.sub("", text)):
        target = next(group for group in match.groups() if group)
        if not ELSEWHERE.match(target):
            yield unquote(target.split("#")[0])


def documents(paths):
    for path in paths:
        yield from sorted(path.rglob("*.md")) if path.is_dir() else [path]


def main():
    root = Path(sys.argv[1]).resolve()
    paths = [root / name for name in sys.argv[2:]] or [root]
    seen, broken = 0, []
    for document in documents(paths):
        for target in links(document.read_text()):
            seen += 1
            place = Path(os.path.normpath(document.parent / target))
            if not (place.is_relative_to(root) and place.exists()):
                broken.append(f"{document.relative_to(root)}: {target} is not there")
    print(*broken, sep="\n")
    print(f"{seen} links, {len(broken)} broken")
    return 0 if seen and not broken else 1


sys.exit(main())
