#!/usr/bin/env python3
"""Compiles every header alone, so that each includes what it uses. Results are kept by content in build/header-check.

They are compiled to objects that nobody needs, since a compiler cache keeps those: a fresh clone is then checked in seconds.
A header that some .cc of the dev build includes before anything else needs no compilation of its own here: that file's
compilation, with the same warnings as errors, is the same proof.
"""
import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

from tree import ROOT, files

FLAGS = [*(["ccache"] if shutil.which("ccache") else []), "clang++-22", "-std=c++23", "-O0", "-c", "-I", str(ROOT), "-Wall", "-Wextra", "-Werror", "-Wno-pragma-once-outside-header",
         "-Wno-unused-const-variable", "-Wno-unused-function",
         "-I/usr/include/postgresql", "-I/usr/include/freetype2", "-x", "c++"]


def check(header: pathlib.Path, stamp: pathlib.Path) -> str | None:
    if stamp.exists():
        return None
    needless = stamp.with_suffix(".o")
    run = subprocess.run([*FLAGS, str(ROOT / header), "-o", str(needless)], text=True, capture_output=True)
    needless.unlink(missing_ok=True)
    if run.returncode == 0:
        stamp.write_text("ok\n")
        return None
    return f"{header}:\n{run.stderr[:1500]}"


def proven() -> set[str]:
    """Headers that are the first #include of a file which the dev build compiles."""
    known = (ROOT / "build/dev/compile_commands.json").read_text()
    first = set()
    for path in files(".cc"):
        include = re.search(r'^\s*#\s*include\s*([<"])([^>"]+)', (ROOT / path).read_text(), re.MULTILINE)
        if include and include[1] == '"' and f"{ROOT}/{path}" in known:
            first.add(include[2])
    return first


def main() -> int:
    cache = ROOT / "build" / "header-check"
    cache.mkdir(parents=True, exist_ok=True)
    headers = files(".h")
    built = set() if "--all" in sys.argv else proven()
    alone = [h for h in headers if h.as_posix() not in built]
    # A header's result depends on every header of ours: one digest of all of them is coarse but never wrong.
    everything = hashlib.sha256(b"".join((ROOT / h).read_bytes() for h in headers)).hexdigest()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        stamps = [cache / hashlib.sha256(f"{everything}{h}".encode()).hexdigest()[:32] for h in alone]
        problems = [p for p in pool.map(check, alone, stamps) if p]
    for problem in problems:
        print(problem)
    print(f"headers: {len(headers)}, of which {len(alone)} compiled alone here and {len(headers) - len(alone)} first in a file of the build; "
          f"{len(problems)} problems")
    return 1 if problems or not headers else 0


sys.exit(main())
