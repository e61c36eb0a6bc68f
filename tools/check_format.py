#!/usr/bin/env python3
"""Fails when a C++ file is not as clang-format-22 would write it."""
import subprocess
import sys

from tree import ROOT, files


def main() -> int:
    names = [p.as_posix() for p in files(".h", ".cc")]
    bad = []
    for i in range(0, len(names), 40):
        run = subprocess.run(["clang-format-22", "--dry-run", *names[i:i + 40]], cwd=ROOT, text=True, capture_output=True)
        bad += sorted({line.split(":")[0] for line in run.stderr.splitlines() if "[-Wclang-format-violations]" in line})
    for name in bad:
        print(f"{name}: run clang-format-22 -i {name}")
    print(f"format: {len(names)} files, {len(bad)} to format")
    return 1 if bad else 0


sys.exit(main())
