#!/usr/bin/python3
"""Runs the end-to-end scenarios: real processes, real sockets on loopback, real media. Closes with 'N passed, N failed'.

  run.py                 everything
  run.py --only NAME     scenarios whose name contains NAME
  run.py --list          what there is

Every scenario has a folder of its own under build/e2e with the logs of all its processes and what it recorded.
"""
import argparse
import importlib
import pathlib
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import harness  # noqa: E402


def attempt(scenario: harness.Scenario, again: str = "") -> bool:
    start = time.monotonic()
    try:
        with harness.World(scenario.name + again.strip()) as world:
            scenario.run(world)
        print(f"ok      {again}{scenario.name} ({time.monotonic() - start:.1f} s): {scenario.says}", flush=True)
        return True
    except Exception:  # noqa: BLE001: whatever went wrong is this scenario's failure
        print(f"FAILED  {again}{scenario.name} ({time.monotonic() - start:.1f} s): {scenario.says}\n"
              f"error: {traceback.format_exc()}  logs: build/e2e/{scenario.name}{again.strip()}", flush=True)
        return False


def main(scenarios: pathlib.Path = HERE / "scenarios") -> int:
    """Runs what the files of the folder `scenarios` register."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--bin", default=str(harness.ROOT / "build/dev/bin"))
    arguments = parser.parse_args()
    harness.BIN = pathlib.Path(arguments.bin)
    sys.path.insert(0, str(scenarios))
    for path in sorted(scenarios.glob("*.py")):
        if path.stem not in ("run", "__init__"):
            importlib.import_module(path.stem)
    chosen = [s for s in harness.SCENARIOS if arguments.only in s.name]
    if arguments.list:
        for scenario in chosen:
            print(f"{scenario.name}: {scenario.says}")
        return 0
    passed = failed = 0
    for scenario in chosen:
        # Real time on a shared machine: a scenario that failed is run once more, and both runs are said.
        if attempt(scenario) or attempt(scenario, "again "):
            passed += 1
        else:
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
