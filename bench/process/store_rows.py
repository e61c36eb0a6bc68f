#!/usr/bin/env python3
"""Rows of chat acknowledged a second on SQLite and PostgreSQL (both wait for the disk), beside bare loops over the same libraries."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "parts"))

import measured  # noqa: E402
import store_cost  # noqa: E402


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    return measured.write(arguments, store_cost.store_cost(arguments.bin / "store_cost", 1.5 if arguments.quick else 9))


if __name__ == "__main__":
    sys.exit(main())
