#!/usr/bin/env python3
"""Adds up what the test logs say and closes with one line: 'N passed, N failed, N skipped'."""
import pathlib
import re
import sys

DOCTEST = re.compile(r"\[doctest\] test cases:\s+(\d+) \|\s+(\d+) passed \|\s+(\d+) failed \|\s+(\d+) skipped")
VITEST = re.compile(r"^\s*Tests\s+(?:(\d+) failed \| )?(\d+) passed", re.M)
CTEST_FAILED = re.compile(r"Test\s+#\d+: (\S+) \.*[^*\n]*\*\*\*")
SCENARIO_FAILED = re.compile(r"^FAILED  (?!again )(\S+) \(", re.M)
SCENARIO_PASSED_AGAIN = re.compile(r"^ok      again (\S+) \(", re.M)
PLAIN = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def main() -> int:
    total = [0, 0, 0]
    skipped_parts = []
    for log in sorted(pathlib.Path(sys.argv[1]).glob("*.log")):
        text = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(errors="replace"))
        counts = [0, 0, 0]
        for _, passed, failed, skipped in DOCTEST.findall(text):
            counts = [counts[0] + int(passed), counts[1] + int(failed), counts[2] + int(skipped)]
        for passed, failed, skipped in PLAIN.findall(text):
            counts = [counts[0] + int(passed), counts[1] + int(failed), counts[2] + int(skipped or 0)]
        for failed, passed in VITEST.findall(text):
            counts = [counts[0] + int(passed), counts[1] + int(failed or 0), counts[2]]
        again = set(SCENARIO_FAILED.findall(text)) & set(SCENARIO_PASSED_AGAIN.findall(text))
        if "100% tests passed" in text:  # what failed was run once more
            counts[1] = 0
            again |= set(CTEST_FAILED.findall(text))
        for name in sorted(again):
            print(f"  {log.stem}: {name} FAILED ONCE and passed when it was run again; the log says why")
        skipped_parts += sorted({line.strip()[:160] for line in text.splitlines() if "SKIPPED" in line})
        if any(counts):
            print(f"  {log.stem}: {counts[0]} passed" + (f", {counts[1]} failed" if counts[1] else ""))
        total = [a + b for a, b in zip(total, counts)]
    could_not = sorted({re.sub(r"^\d+: ", "", line) for line in skipped_parts})
    for line in could_not:
        print("  " + line)
    if could_not:
        print(f"  {len(could_not)} things could not be tried on this machine (SKIPPED, above); their tests count as passed")
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or total[0] == 0 else 0


sys.exit(main())
