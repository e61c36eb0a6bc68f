#!/usr/bin/env python3
"""Searching a chat of a million sealed messages: every one is opened (docs/decisions/0013-search.md). Beside it the bare opening."""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    program = ROOT / "build" / "release" / "bin" / "search_cost"
    # In memory: making the messages would wait for the disk a million times, and it is the search that is measured.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        result = subprocess.run([str(program), "50000" if arguments.quick else "1000000", folder], text=True, stdout=subprocess.PIPE, check=True)
    pathlib.Path(arguments.json).write_text(result.stdout)
    print(result.stdout, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
