#!/usr/bin/env python3
"""How fast the pages are, as Lighthouse would say it, and what axe finds on them: page_speed.py --json FILE [--quick] [--bin FOLDER].

A real server and a real Chromium, every load with an empty cache, on Lighthouse's desktop (40 ms, 10 Mbit/s) and phone (150 ms, 1.6 Mbit/s, a
processor four times slower): first and largest contentful paint, cumulative layout shift, total blocking time (what tasks of the main thread take beyond 50 ms
after the first paint), by the browser's own PerformanceObserver. Medians. Limits are what the Web Vitals call good; the score is Lighthouse 10's out of these four (its
speed index, a tenth, is left out). Before a meeting the picture of one's own camera counts, too.
"""
import argparse
import json
import math
import pathlib
import shutil
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import harness  # noqa: E402

# Name, unit, limit.
MEASURES = {"fcp": ("first_paint", "ms", 1800), "lcp": ("largest_paint", "ms", 2500), "tbt": ("blocked", "ms", 200), "cls": ("layout_shift", "", 0.1)}
WEIGHTS = {"fcp": 10, "lcp": 25, "tbt": 30, "cls": 25}
# Lighthouse 10: the value that one load in ten is below, and the one that half of them are below.
CURVES = {"phone": {"fcp": (1800, 3000), "lcp": (2500, 4000), "tbt": (200, 600), "cls": (0.1, 0.25)},
          "desk": {"fcp": (934, 1600), "lcp": (1200, 2400), "tbt": (150, 350), "cls": (0.1, 0.25)}}


def score_of(value: float, tenth: float, half: float) -> float:
    """Between 0 and 1 on a log-normal curve: 0.9 at `tenth`, 0.5 at `half`."""
    if value <= 0:
        return 1.0
    inverse_erfc_of_a_fifth = 0.9061938024368232
    return (1 - math.erf(math.log(value / half) * inverse_erfc_of_a_fifth / -math.log(tenth / half))) / 2


def rows_of(seen: dict) -> list[dict]:
    rows = []
    for machine, curves in CURVES.items():
        for screen in seen["findings"]:
            loads = [x for x in seen["loads"] if x["screen"] == screen and x["machine"] == machine]
            values = {key: statistics.median(x[key] for x in loads) for key in MEASURES}
            score = sum(WEIGHTS[key] * score_of(values[key], *curves[key]) for key in MEASURES) / sum(WEIGHTS.values())
            rows += [{"name": f"page/{screen}/{machine}/{name}", "value": values[key], "unit": unit, "limit": limit} for key, (name, unit, limit) in MEASURES.items()]
            rows.append({"name": f"page/{screen}/{machine}/score", "value": 100 * score, "unit": "of 100", "limit": 90, "better": "higher"})
    return rows + [{"name": f"page/{screen}/axe_violations", "value": len(found), "unit": "", "limit": 0} for screen, found in seen["findings"].items()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", required=True)
    parser.add_argument("--quick", action="store_true", help="one load of each")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "release" / "bin")
    arguments = parser.parse_args()
    harness.BIN = arguments.bin
    with harness.World("bench-page-speed") as world:
        server = harness.Server(world)
        server.extra += ["--public-url", f"https://localhost:{server.port}"]
        meeting = server.start().set_up().create_meeting("Page speed")
        own = f"https://localhost:{server.port}"
        screens = [{"name": "pre_join", "link": meeting, "label": "Your name"}, {"name": "app", "link": f"{own}/app", "heading": "Meetings"},
                   {"name": "admin", "link": f"{own}/admin", "heading": "Overview"}]
        wanted = {"screens": screens, "signIn": f"{own}/app", "login": "admin", "password": harness.PASSWORD, "rounds": 1 if arguments.quick else 5}
        command = [shutil.which("node") or "node", str(HERE / "page_speed.mjs"), json.dumps(wanted)]
        run = subprocess.run(command, text=True, stdout=subprocess.PIPE, timeout=900, check=True)
        seen = json.loads(run.stdout.splitlines()[-1])
    rows = rows_of(seen)
    pathlib.Path(arguments.json).write_text(json.dumps({"benchmarks": rows, **seen}, indent=1))
    for row in rows:
        print(f"{row['name']}: {row['value']:.3g} {row['unit']}")
    for screen, found in seen["findings"].items():
        print(f"axe on {screen}: {found}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
