#!/usr/bin/env python3
"""Compiles every header alone, so that each includes what it uses. Results are kept by content in build/header-check."""
import concurrent.futures
import hashlib
import os
import pathlib
import subprocess
import sys

from tree import ROOT, files

FLAGS = ["clang++-22", "-std=c++23", "-fsyntax-only", "-I", str(ROOT), "-Wall", "-Wextra", "-Werror", "-Wno-pragma-once-outside-header",
         "-Wno-unused-const-variable", "-Wno-unused-function",
         "-I/usr/include/postgresql", "-I/usr/include/freetype2", f'-DSEALHALL_SOURCE_DIR="{ROOT}"', "-x", "c++"]


def check(header: pathlib.Path, stamp: pathlib.Path) -> str | None:
    if stamp.exists():
        return None
    run = subprocess.run([*FLAGS, str(ROOT / header)], text=True, capture_output=True)
    if run.returncode == 0:
        stamp.write_text("ok\n")
        return None
    return f"{header}:\n{run.stderr[:1500]}"


def main() -> int:
    cache = ROOT / "build" / "header-check"
    cache.mkdir(parents=True, exist_ok=True)
    headers = files(".h")
    # A header's result depends on every header of ours: one digest of all of them is coarse but never wrong.
    everything = hashlib.sha256(b"".join((ROOT / h).read_bytes() for h in headers)).hexdigest()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        stamps = [cache / hashlib.sha256(f"{everything}{h}".encode()).hexdigest()[:32] for h in headers]
        problems = [p for p in pool.map(check, headers, stamps) if p]
    for problem in problems:
        print(problem)
    print(f"headers: {len(headers)} alone, {len(problems)} problems")
    return 1 if problems or not headers else 0


sys.exit(main())
