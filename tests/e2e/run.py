#!/usr/bin/python3
"""Runs the end-to-end scenarios: real processes, real sockets on loopback, real media. Closes with 'N passed, N failed'.

  run.py                 everything
  run.py --only NAME     scenarios whose name contains NAME
  run.py --list          what there is
  run.py --jobs 1        one after the other; otherwise those that measure nothing run side by side, beside nobody who measures

Every scenario has a folder of its own under build/e2e with the logs of all its processes and what it recorded.
"""
import argparse
import concurrent.futures
import contextlib
import enum
import importlib
import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import harness  # noqa: E402

JOBS = 5  # scenarios side by side: most of their time they wait; more would starve clients that code pictures


def processor_seconds() -> float:
    """What all processes that ended, and we, have used of the processors."""
    return sum(u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


class Outcome(enum.IntEnum):
    """Of one run of a scenario; also the exit code of the process that ran it."""
    PASSED = 0
    FAILED = 1
    BROKEN = 3  # harness.Broken; Python itself ends with 1 and 2


def attempt(scenario: harness.Scenario, again: str = "") -> Outcome:
    start, used = time.monotonic(), processor_seconds()
    # Both times: what only waits can stand beside others.
    took = lambda: f"{time.monotonic() - start:.1f} s, {processor_seconds() - used:.1f} s CPU"  # noqa: E731
    try:
        with harness.World(scenario.name + again.strip()) as world:
            scenario.run(world)
        print(f"ok      {again}{scenario.name} ({took()}): {scenario.says}", flush=True)
        return Outcome.PASSED
    except Exception as failure:  # noqa: BLE001: whatever went wrong is this scenario's failure
        broken = isinstance(failure, harness.Broken)
        print(f"FAILED  {again}{scenario.name} ({took()}): {scenario.says}\n"
              f"error: {traceback.format_exc()}  logs: build/e2e/{scenario.name}{again.strip()}"
              + ("\n  It is not run again: the machine's time does not explain this." if broken else ""), flush=True)
        return Outcome.BROKEN if broken else Outcome.FAILED


def tried_again(scenario: harness.Scenario, first: Outcome) -> Outcome:
    # Real time on a shared machine: a scenario that failed is run once more, and both runs are said. What is broken stays so.
    return attempt(scenario, "again ") if first is Outcome.FAILED else first


def attempts(scenario: harness.Scenario) -> Outcome:
    return tried_again(scenario, attempt(scenario))


def beside_others(name: str) -> Outcome:
    """The scenario in a process of its own: what it starts and imports is nobody else's."""
    run = subprocess.run([sys.executable, sys.argv[0], "--exactly", name, "--once", "--bin", str(harness.BIN)],
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # Without its count; with all newlines in one piece, since others print, too.
    print("".join(run.stdout.splitlines(keepends=True)[:-1]), end="", flush=True)
    return Outcome(run.returncode) if run.returncode in iter(Outcome) else Outcome.FAILED


@contextlib.contextmanager
def machine_for_ourselves():
    """Stops what goes on behind the tests (SEALHALL_BEHIND, a process group that ./dev builds in) while we measure."""
    behind = int(os.environ.get("SEALHALL_BEHIND", "0"))

    def tell(number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            if behind > 1:
                os.killpg(behind, number)
    tell(signal.SIGSTOP)
    try:
        yield
    finally:
        tell(signal.SIGCONT)


def side_by_side(together: list[harness.Scenario], jobs: int) -> dict[str, Outcome]:
    """So many at a time in the order given, but of those with a crowd one after the other."""
    waiting, outcomes, lock, crowded = list(together), {}, threading.Lock(), False

    def take() -> harness.Scenario | None:
        nonlocal crowded
        with lock:
            found = next((s for s in waiting if not (s.crowd and crowded)), None)
            if found is not None:
                waiting.remove(found)
                crowded = crowded or found.crowd
            return found

    def work() -> None:
        nonlocal crowded
        # Who finds only crowds left, beside one that runs, is done: the runner of that one takes them.
        while (scenario := take()) is not None:
            outcomes[scenario.name] = beside_others(scenario.name)
            with lock:
                crowded = crowded and not scenario.crowd
    with concurrent.futures.ThreadPoolExecutor(max(1, jobs)) as pool:
        for worker in [pool.submit(work) for _ in range(max(1, jobs))]:
            worker.result()
    return outcomes


def run_all(chosen: list[harness.Scenario], jobs: int) -> list[Outcome]:
    """First those that measure, with the machine for themselves; then the others side by side; then, alone, what failed beside others."""
    alone = [s for s in chosen if s.alone or jobs < 2]
    together = [s for s in chosen if s not in alone]
    with machine_for_ourselves():
        results = [attempts(scenario) for scenario in alone]
    # The longest first, so that nobody waits for it in the end.
    together.sort(key=lambda s: s.long, reverse=True)
    first = side_by_side(together, jobs)
    with machine_for_ourselves():
        return results + [tried_again(scenario, first[scenario.name]) for scenario in together]


def main(scenarios: pathlib.Path = HERE / "scenarios", jobs: int = JOBS) -> int:
    """Runs what the files of the folder `scenarios` register."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--exactly", default="", help=argparse.SUPPRESS)
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=jobs)
    parser.add_argument("--bin", default=str(harness.ROOT / "build/dev/bin"))
    arguments = parser.parse_args()
    harness.BIN = pathlib.Path(arguments.bin)
    sys.path.insert(0, str(scenarios))
    for path in sorted(scenarios.glob("*.py")):
        if path.stem not in ("run", "__init__"):
            found = importlib.import_module(path.stem)
            if pathlib.Path(found.__file__) != path:
                raise SystemExit(f"{path} is never run: {found.__file__} has the same name")
    chosen = [s for s in harness.SCENARIOS if arguments.only in s.name and arguments.exactly in ("", s.name)]
    if arguments.list:
        for scenario in chosen:
            print(f"{scenario.name}: {scenario.says}")
        return 0
    if arguments.exactly:
        results = [(attempt if arguments.once else attempts)(scenario) for scenario in chosen]
    else:
        results = run_all(chosen, arguments.jobs)
    passed = results.count(Outcome.PASSED)
    print(f"{passed} passed, {len(results) - passed} failed")
    return max(results, default=Outcome.FAILED)


if __name__ == "__main__":
    sys.exit(main())
