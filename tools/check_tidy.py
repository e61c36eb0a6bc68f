#!/usr/bin/env python3
"""clang-tidy on the .cc files that changed (all with --all), two at a time, within a time budget.

What counts as changed: since SEALHALL_LINT_BASE, or since origin/main when that is not HEAD, or since the commit before.
A file whose content was checked before is not checked again. Whatever the budget left out is named, never hidden.
"""
import concurrent.futures
import hashlib
import os
import subprocess
import sys
import time

from tree import ROOT, files

BUDGET_SECONDS = float(os.environ.get("SEALHALL_TIDY_SECONDS", "360"))


def git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=ROOT, text=True, capture_output=True).stdout.strip()


def changed() -> set[str]:
    base = os.environ.get("SEALHALL_LINT_BASE")
    head = git("rev-parse", "HEAD")
    if not base:
        origin = git("rev-parse", "--verify", "--quiet", "origin/main")
        base = origin if origin and origin != head else git("rev-parse", "--verify", "--quiet", "HEAD~1")
    if not base:
        return {p.as_posix() for p in files(".cc")}
    return set(git("diff", "--name-only", base).splitlines()) | set(git("ls-files", "-o", "--exclude-standard").splitlines())


def main() -> int:
    everything = "--all" in sys.argv
    wanted = changed()
    config = (ROOT / ".clang-tidy").read_bytes()
    known = (ROOT / "build/dev/compile_commands.json").read_text()
    candidates = [p for p in files(".cc") if (everything or p.as_posix() in wanted) and f"{ROOT}/{p}" in known]
    candidates.sort(key=lambda p: (p.name.endswith("_test.cc"), p.as_posix()))
    cache = ROOT / "build" / "tidy-check"
    cache.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()

    def run(path):
        stamp = cache / hashlib.sha256(config + path.as_posix().encode() + (ROOT / path).read_bytes()).hexdigest()[:32]
        if stamp.exists():
            return path, 0, ""
        if not everything and time.monotonic() - start > BUDGET_SECONDS:
            return path, None, ""
        done = subprocess.run(["clang-tidy-22", "--quiet", "-p", str(ROOT / "build/dev"), str(ROOT / path),
                               "--extra-arg=-Wno-unknown-warning-option"], text=True, capture_output=True)
        if done.returncode == 0:
            stamp.write_text("ok\n")
        return path, done.returncode, done.stdout
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(run, candidates))
    bad = [(p, out) for p, code, out in results if code]
    left = [p for p, code, _ in results if code is None]
    for path, out in bad:
        print(f"--- {path}\n{out[:4000]}")
    if left:
        print("not reached within the budget (run './dev lint --all'): " + " ".join(map(str, left)))
    print(f"clang-tidy: {len(results) - len(left)} files checked, {len(bad)} with findings, {len(left)} not reached")
    return 1 if bad else 0


sys.exit(main())
