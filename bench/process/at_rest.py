#!/usr/bin/env python3
"""How fast containers are sealed and opened, in percent of `openssl speed -evp aes-256-gcm -bytes 65536`: the same bytes without nonces and tags.

Both programs take turns, so that a machine that changes its mind meanwhile does so for both; the best turn of each counts. Both count CPU time.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "parts"))

import measured  # noqa: E402

BYTES = 65536
LEAST = 85  # percent; a segment costs a nonce and a tag more, and a copy
CONTAINERS = {"container_seal": "container_seal_of_openssl", f"container_open/{BYTES}": "container_open_of_openssl"}


def openssl_speed(seconds: int) -> float:
    """Bytes a second."""
    out = subprocess.run(["openssl", "speed", "-mr", "-evp", "aes-256-gcm", "-bytes", str(BYTES), "-seconds", str(seconds)],
                         text=True, capture_output=True, check=True).stdout
    found = re.search(r"^\+F:\d+:[^:]+:([\d.]+)$", out, re.MULTILINE)
    if not found:
        raise SystemExit(f"openssl speed says something else now:\n{out}")
    return float(found[1])


def containers(program: pathlib.Path, seconds: float) -> dict[str, float]:
    """Bytes a second by the benchmark's name."""
    chosen = "|".join(CONTAINERS)
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([str(program), f"--benchmark_filter=^({chosen})$", f"--benchmark_out={out.name}", "--benchmark_out_format=json",
                        f"--benchmark_min_time={seconds}"], stdout=subprocess.DEVNULL, check=True)
        return {run["name"]: run["bytes_per_second"] for run in json.load(out)["benchmarks"]}


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    floor, ours = 0.0, dict.fromkeys(CONTAINERS, 0.0)
    for _ in range(1 if arguments.quick else 5):
        floor = max(floor, openssl_speed(1 if arguments.quick else 3))
        for name, speed in containers(arguments.bin / "at_rest_bench", 0.1 if arguments.quick else 1).items():
            ours[name] = max(ours[name], speed)
    rows = [{"name": "openssl_speed", "value": floor / 1e6, "unit": "MB/s", "better": "higher"}]
    for name, row in CONTAINERS.items():
        rows.append({"name": row, "value": 100 * ours[name] / floor, "unit": "%", "better": "higher", "note": f"{ours[name] / 1e6:,.0f} MB/s",
                     **({} if arguments.quick else {"limit": LEAST})})
    return measured.write(arguments, rows)


if __name__ == "__main__":
    sys.exit(main())
