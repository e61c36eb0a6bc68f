#!/usr/bin/env python3
"""Where the CPU of the media worker goes while it sends video to 300 receivers: by perf, by part and by function, in percent of all samples.

Twice: to receivers that drop, which belongs to the row cpu/video of sfu_fanout and its limit, and to receivers that read and answer, which
belongs to cpu_with_feedback/video. Needs Debian's linux-perf and the right to use it; without them there is no row, and a line says so.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "parts"))

import measured  # noqa: E402

PARTS = ("drop", "feedback")  # of sfu_fanout
LEAST = "1"  # percent; what has less is left out


def shares(data: pathlib.Path, sort: str) -> list[tuple[float, str]]:
    """(percent, name) by this key of perf report, the largest first."""
    report = subprocess.run(["perf", "report", "-i", str(data), "--stdio", "--no-children", "--sort", sort, "-t", "|", "--percent-limit", LEAST],
                            text=True, capture_output=True, check=False)
    found: dict[str, float] = {}
    for line in report.stdout.splitlines():
        match = re.fullmatch(r"\s*([0-9.]+)%\s*\|(.*)", line)
        if match:
            name = " ".join(part.strip() for part in match[2].split("|", 1))
            name = name.replace("[.] ", "").replace("[k] ", "kernel ").replace("(anonymous namespace)::", "")
            name = re.sub(r"\(.*", "", name)[:90].strip()  # without the parameters
            found[name] = found.get(name, 0.0) + float(match[1])
    return sorted(((value, name) for name, value in found.items()), reverse=True)


def measure(program: pathlib.Path, part: str, quick: bool, folder: pathlib.Path) -> tuple[pathlib.Path, str]:
    """The samples, and why there are none."""
    data, why = folder / f"{part}.data", "sfu_fanout did not say that it measures"
    command = [str(program), "--only", part, *(["--quick"] if quick else [])]
    with subprocess.Popen(command, text=True, stdout=subprocess.PIPE) as run:
        for line in run.stdout:
            if line.startswith("measuring "):
                why = subprocess.run(["perf", "record", "-e", "cpu-clock", "-F", "997", "-o", str(data), "-p", line.split()[1], "--",
                                      "sleep", "1" if quick else "4"], text=True, capture_output=True, check=False).stderr
            else:
                print(line, end="")
    return data, why


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    program = arguments.bin / "sfu_fanout"
    rows = []
    if not shutil.which("perf"):
        print(f"{measured.LEFT_OUT}the profile of the media worker; perf is not here, install linux-perf")
        return measured.write(arguments, rows)
    with tempfile.TemporaryDirectory() as folder:
        for part in PARTS:
            data, why = measure(program, part, arguments.quick, pathlib.Path(folder))
            found = []
            if data.exists():
                for kind, sort in (("part", "dso"), ("function", "dso,symbol")):
                    found += [{"name": f"{part}/{kind}_{place:02}/{name}", "value": value, "unit": "% of CPU"}
                              for place, (value, name) in enumerate(shares(data, sort), 1)]
            if not found:
                print(f"{measured.LEFT_OUT}the profile of {part}; {' '.join(why.split())[-500:]}")
            rows += found
    return measured.write(arguments, rows)


if __name__ == "__main__":
    sys.exit(main())
