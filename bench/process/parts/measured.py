"""What every measuring program has: it is called with --json FILE (and --quick), and what it measured is rows, which are written there and shown."""
import argparse
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
LEFT_OUT = "left out: "  # begins a line about what could not be measured here; tools/bench_run.py shows it beside the table


def options(about: str) -> argparse.ArgumentParser:
    """The command line; a program may add options of its own."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--json", required=True)
    parser.add_argument("--quick", action="store_true", help="short: to see that it works, not to quote")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release" / "bin", help="where the programs are")
    return parser


def rows_of(*command) -> list[dict]:
    """Of a program that prints rows as JSON itself."""
    printed = subprocess.run([*map(str, command)], text=True, stdout=subprocess.PIPE, check=True).stdout
    return json.loads(printed)["benchmarks"]


def write(arguments: argparse.Namespace, rows: list[dict], number: str = ".1f") -> int:
    """Writes and shows the rows. The exit code of a program that has measured."""
    pathlib.Path(arguments.json).write_text(json.dumps({"benchmarks": rows}, indent=1))
    for row in rows:
        print(f"{row['name']}: {row['value']:{number}} {row['unit']}")
    return 0
