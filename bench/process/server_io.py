#!/usr/bin/env python3
"""What a TLS REST read and an idle TLS WebSocket cost the server process, beside a bare epoll and SSL loop in the same run."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "parts"))

import measured  # noqa: E402


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    size = (2000, 200) if arguments.quick else (20_000, 2000)
    return measured.write(arguments, measured.rows_of(arguments.bin / "server_cost", *size))


if __name__ == "__main__":
    sys.exit(main())
