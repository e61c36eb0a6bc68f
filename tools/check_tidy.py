#!/usr/bin/env python3
"""clang-tidy on the .cc files that changed (all with --all), two at a time, within a time budget.

What counts as changed: since SEALHALL_LINT_BASE, or since origin/main when that is not HEAD, or since the commit before.
A changed header is checked in the file of its name, X.cc or else X_test.cc, whose content with the header's was not checked before.
Whatever is left out is named, never hidden: for want of time, or of flags, or of such a file.
"""
import concurrent.futures
import hashlib
import os
import pathlib
import subprocess
import sys
import time

from tree import ROOT, files

BUDGET_SECONDS = float(os.environ.get("SEALHALL_TIDY_SECONDS", "360"))
# The dev build compiles other files in place of these, which the WebAssembly core is made of: their flags are given by hand.
CORE_FLAGS = ["-std=c++23", "-I", str(ROOT), "-fno-exceptions", "-fno-rtti"]
BY_HAND = {f"core/crypto/{name}.cc": CORE_FLAGS for name in ("aes_small", "p256_absent", "p256_absent_test", "x25519_small")}


def git(*args: str) -> str:
    return subprocess.run(["git", *args], cwd=ROOT, text=True, capture_output=True).stdout.strip()


def changed() -> set[str]:
    base = os.environ.get("SEALHALL_LINT_BASE")
    head = git("rev-parse", "HEAD")
    if not base:
        origin = git("rev-parse", "--verify", "--quiet", "origin/main")
        base = origin if origin and origin != head else git("rev-parse", "--verify", "--quiet", "HEAD~1")
    if not base:
        return {p.as_posix() for p in files(".h", ".cc")}
    return set(git("diff", "--name-only", base).splitlines()) | set(git("ls-files", "-o", "--exclude-standard").splitlines())


def sources_of(headers: list[pathlib.Path]) -> tuple[set[pathlib.Path], list[pathlib.Path]]:
    """The files in which these headers are checked, and the headers that have none."""
    found, without = set(), []
    for header in headers:
        own = next((p for p in (header.with_suffix(".cc"), header.with_name(f"{header.stem}_test.cc")) if (ROOT / p).exists()), None)
        if own:
            found.add(own)
        else:
            without.append(header)
    return found, without


def with_header(path: pathlib.Path) -> bytes:
    """What the file holds, and the header of its name."""
    header = ROOT / path.with_name(path.stem.removesuffix("_test") + ".h")
    return (ROOT / path).read_bytes() + (header.read_bytes() if header.exists() else b"")


def main() -> int:
    everything = "--all" in sys.argv
    wanted = changed()
    config = (ROOT / ".clang-tidy").read_bytes()
    known = (ROOT / "build/dev/compile_commands.json").read_text()
    of_headers, without = (set(), []) if everything else sources_of([p for p in files(".h") if p.as_posix() in wanted])
    asked = [p for p in files(".cc") if everything or p.as_posix() in wanted or p in of_headers]
    candidates = [p for p in asked if p.as_posix() in BY_HAND or f'"{ROOT}/{p}"' in known]
    dropped = [p for p in asked if p not in candidates]
    candidates.sort(key=lambda p: (p.name.endswith("_test.cc"), p.as_posix()))
    cache = ROOT / "build" / "tidy-check"
    cache.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()

    def run(path):
        stamp = cache / hashlib.sha256(config + path.as_posix().encode() + with_header(path)).hexdigest()[:32]
        if stamp.exists():
            return path, 0, ""
        if not everything and time.monotonic() - start > BUDGET_SECONDS:
            return path, None, ""
        by_hand = BY_HAND.get(path.as_posix())
        flags = ["--", *by_hand] if by_hand else ["-p", str(ROOT / "build/dev"), "--extra-arg=-Wno-unknown-warning-option"]
        done = subprocess.run(["clang-tidy-22", "--quiet", str(ROOT / path), *flags], text=True, capture_output=True)
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
    if dropped:
        print("not checked, since the dev build does not compile them: " + " ".join(map(str, dropped)))
    if without:
        print("headers not checked, since no .cc has their name: " + " ".join(map(str, without)))
    print(f"clang-tidy: {len(results) - len(left)} files checked, {len(bad)} with findings, {len(left)} not reached, "
          f"{len(dropped) + len(without)} not checked")
    return 1 if bad else 0


sys.exit(main())
