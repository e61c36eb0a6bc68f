#!/usr/bin/env python3
"""Rows of chat acknowledged a second on SQLite and PostgreSQL (both wait for the disk), beside bare loops over the same libraries."""
import argparse
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "parts"))

import store_cost  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    rows = store_cost.store_cost(ROOT / "build" / "release" / "bin" / "store_cost", 1.5 if arguments.quick else 9)
    pathlib.Path(arguments.json).write_text(json.dumps({"benchmarks": rows}, indent=1))
    for row in rows:
        print(f"{row['name']}: {row['value']:.1f} {row['unit']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
