#!/usr/bin/env python3
"""Runs the benchmarks of build/release and prints one table: bench_run.py [micro | process] [--quick].

micro: every build/release/bin/*_bench (Google Benchmark). process: every bench/process/*.py and bench/web/*.py, called with --json FILE.
JSON of each goes to build/bench/NAME.json, the rows of the table to build/bench/report.json and, as a page, to build/bench/RESULTS.md. Fails
when one failed, or missed its limit (not with --quick).
"""
import argparse
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "bench"


def run(name: str, command: list[str], out: pathlib.Path) -> pathlib.Path | None:
    print(f"bench: {name}", flush=True)
    log = OUT / f"{name}.log"
    out.unlink(missing_ok=True)  # a failure must not show the numbers of an earlier run
    with log.open("w") as text:
        code = subprocess.run(command, cwd=ROOT, stdout=text, stderr=subprocess.STDOUT, check=False).returncode
    if code != 0 or not out.exists():
        print(f"bench: {name} failed ({code}); see {log.relative_to(ROOT)}")
        return None
    for line in log.read_text(errors="replace").splitlines():
        if line.startswith("left out: "):  # as in bench/process/parts/measured.py
            print(f"bench: {name}: {line}")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", nargs="?", choices=["micro", "process", "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="short runs: to see that they work, not to quote")
    arguments = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)

    jobs: list[tuple[str, list[str], pathlib.Path]] = []
    if arguments.kind in ("micro", "all"):
        for program in sorted((ROOT / "build" / "release" / "bin").glob("*_bench")):
            out = OUT / f"{program.name}.json"
            jobs.append((program.name,
                         [str(program), f"--benchmark_out={out}", "--benchmark_out_format=json",
                          f"--benchmark_min_time={0.02 if arguments.quick else 0.2}",
                          f"--benchmark_repetitions={1 if arguments.quick else 5}",
                          "--benchmark_enable_random_interleaving=true"], out))
    if arguments.kind in ("process", "all"):
        for script in sorted([*(ROOT / "bench" / "process").glob("*.py"), *(ROOT / "bench" / "web").glob("*.py")]):
            out = OUT / f"{script.stem}.json"
            jobs.append((script.stem, [sys.executable, str(script), "--json", str(out),
                                       *(["--quick"] if arguments.quick else [])], out))
    if not jobs:
        print("bench: nothing is built; run: ./dev build release")
        return 1
    results = [run(*job) for job in jobs]
    files = [str(path) for path in results if path]
    within_limits = True
    if files:
        report = [sys.executable, str(ROOT / "tools" / "bench_report.py"), "--json", str(OUT / "report.json"),
                  "--markdown", str(OUT / "RESULTS.md"), *files]
        # What a short run measures is measured too little to be held against a limit.
        within_limits = subprocess.run(report, check=False).returncode == 0 or arguments.quick
    return 0 if all(results) and within_limits else 1


if __name__ == "__main__":
    sys.exit(main())
