#!/usr/bin/env python3
"""Searching a chat of a million sealed messages: every one is opened (docs/decisions/0013-search.md). Beside it the bare opening."""
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "parts"))

import measured  # noqa: E402


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    # In memory: making the messages would wait for the disk a million times, and it is the search that is measured.
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        rows = measured.rows_of(arguments.bin / "search_cost", 50_000 if arguments.quick else 1_000_000, folder)
    return measured.write(arguments, rows)


if __name__ == "__main__":
    sys.exit(main())
