#!/usr/bin/env python3
"""Frames a second through the WebAssembly core in Node and in Chromium, beside bare WebCrypto: core_frames.py --json FILE [--quick].

Wall time, since WebCrypto works in other threads: on a loaded machine the ratio to the floor of the same minute is what counts.
"""
import argparse
import json
import pathlib
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    command = [shutil.which("node") or "node", str(HERE / "core_frames.mjs"), *(["--quick"] if arguments.quick else [])]
    run = subprocess.run(command, text=True, stdout=subprocess.PIPE, timeout=600, check=True)
    rows = json.loads(run.stdout.splitlines()[-1])
    pathlib.Path(arguments.json).write_text(json.dumps({"benchmarks": rows}, indent=1))
    for row in rows:
        print(f"{row['name']}: {row['value']:,.0f} {row['unit']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
