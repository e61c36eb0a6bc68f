#!/usr/bin/env python3
"""CPU per forwarded packet, latency, saturation and memory of the real media worker, beside a bare loop: sfu_fanout.py --json FILE [--quick]."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "parts"))

import measured  # noqa: E402


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    program = arguments.bin / "sfu_fanout"
    if not program.exists():
        print(f"{program} is not built; run: ./dev build release")
        return 1
    # It writes its rows itself.
    command = [str(program), "--json", arguments.json, *(["--quick"] if arguments.quick else [])]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
