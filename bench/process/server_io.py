#!/usr/bin/env python3
"""What a TLS REST read and an idle TLS WebSocket cost the server process, beside a bare epoll and SSL loop in the same run."""
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
    program = ROOT / "build" / "release" / "bin" / "server_cost"
    size = ["2000", "200"] if arguments.quick else ["20000", "2000"]
    result = subprocess.run([str(program), *size], text=True, stdout=subprocess.PIPE, check=True)
    pathlib.Path(arguments.json).write_text(result.stdout)
    print(result.stdout, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
