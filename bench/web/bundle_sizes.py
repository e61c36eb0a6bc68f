#!/usr/bin/env python3
"""What a browser downloads to be in a meeting, gzipped, beside what is allowed: bundle_sizes.py --json FILE [--bin FOLDER].

A real server and a real Chromium: counted is what the browser asked for until the pre-join screen was there, and until it was in.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import harness  # noqa: E402


def rows_of(files: list[dict]) -> list[dict]:
    def size(keep) -> float:
        return sum({f["path"]: f["gzipped"] for f in files if keep(f)}.values()) / 1000

    core = [f for f in files if "wasm" in f["type"]]
    if not core:
        raise SystemExit("the browser fetched no core")
    def other(phase: str):
        return lambda f: f["phase"] == phase and "wasm" not in f["type"]

    return [{"name": "bundle/pre_join", "value": size(other("pre_join")), "unit": "kB gzipped", "limit": 200},
            {"name": "bundle/core_wasm", "value": size(lambda f: f in core), "unit": "kB gzipped", "limit": 150},
            {"name": "bundle/meeting_beyond_pre_join", "value": size(other("meeting")), "unit": "kB gzipped"},
            {"name": "bundle/all", "value": size(lambda f: True), "unit": "kB gzipped"}]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", required=True)
    parser.add_argument("--quick", action="store_true", help="the same: there is nothing to repeat")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release" / "bin")
    arguments = parser.parse_args()
    harness.BIN = arguments.bin
    with harness.World("bench-bundle-sizes") as world:
        server = harness.Server(world).start()
        meeting = server.set_up().create_meeting("Bundle sizes")
        command = [shutil.which("node") or "node", str(HERE / "page_load.mjs"), json.dumps({"link": meeting})]
        run = subprocess.run(command, text=True, stdout=subprocess.PIPE, timeout=180, check=True)
        files = json.loads(run.stdout.splitlines()[-1])
    rows = rows_of(files)
    pathlib.Path(arguments.json).write_text(json.dumps({"benchmarks": rows, "files": files}, indent=1))
    for file in files:
        print(f"{file['phase']:9} {file['gzipped']:8} of {file['bytes']:8}  {file['path']}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
