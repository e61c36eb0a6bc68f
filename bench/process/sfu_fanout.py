#!/usr/bin/env python3
"""CPU per forwarded packet, latency, saturation and memory of the real media worker, beside a bare loop: sfu_fanout.py --json FILE [--quick]."""
import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    program = ROOT / "build" / "release" / "bin" / "sfu_fanout"
    if not program.exists():
        print(f"{program} is not built; run: ./dev build release")
        return 1
    command = [str(program), "--json", arguments.json, *(["--quick"] if arguments.quick else [])]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
