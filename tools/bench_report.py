#!/usr/bin/env python3
"""One table out of the JSON files of all benchmarks, with the ratio of each to its floor: bench_report.py [--json OUT] [--markdown OUT] FILE..

A file is what Google Benchmark writes with --benchmark_out, or the same shape from a benchmark of whole processes:
{"benchmarks": [{"name": .., "cpu_time" or "value": .., "time_unit" or "unit": .., "label": "floor=NAME"}]}.
A benchmark's floor is another entry of the same file. Of several repetitions the best one counts.
A limit ("limit": number, in the entry's unit) is compared as well: "lower" is better unless "better": "higher". Fails when one is missed.
--markdown writes the same as a page to keep, with the machine and the commit.
"""
import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys

NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def entries_of(path: pathlib.Path) -> dict[str, dict]:
    """The best repetition of each benchmark by name; times in nanoseconds."""
    best: dict[str, dict] = {}
    for run in json.loads(path.read_text()).get("benchmarks", []):
        if run.get("run_type", "iteration") != "iteration" or run.get("error_occurred"):
            continue
        name = run.get("run_name", run["name"])
        if "value" in run:
            value, unit = float(run["value"]), run.get("unit", "")
        else:
            value, unit = float(run["cpu_time"]) * NANOSECONDS[run.get("time_unit", "ns")], "ns"
        label = run.get("label", "")
        entry = {"name": name, "value": value, "unit": unit, "limit": run.get("limit"),
                 "better": run.get("better", "lower"), "note": run.get("note", ""),
                 "floor": label.removeprefix("floor=") if label.startswith("floor=") else run.get("floor")}
        known = best.get(name)
        improves = known is None or (value > known["value"] if entry["better"] == "higher" else value < known["value"])
        if improves:
            best[name] = entry
    return best


def rows_of(path: pathlib.Path) -> list[dict]:
    entries = entries_of(path)
    rows = []
    # Repetitions are interleaved at random; the table is by name, floors last.
    for entry in sorted(entries.values(), key=lambda e: (e["name"].startswith("floor"), e["name"])):
        floor = entries.get(entry["floor"]) if entry["floor"] else None
        entry["floor_value"] = floor["value"] if floor else None
        entry["ratio"] = entry["value"] / floor["value"] if floor and floor["value"] else None
        if entry["limit"] is not None:
            met = entry["value"] >= entry["limit"] if entry["better"] == "higher" else entry["value"] <= entry["limit"]
            entry["verdict"] = "met" if met else "MISSED"
        entry["program"] = path.stem
        rows.append(entry)
    return rows


def text_of(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def print_table(rows: list[dict]) -> None:
    head = ["benchmark", "value", "unit", "floor", "floor value", "ratio", "limit", ""]
    lines: list[list[str]] = []
    for row in rows:
        lines.append([row["name"], text_of(row["value"]), row["unit"], row["floor"] or "", text_of(row["floor_value"]),
                      text_of(row["ratio"], 2), text_of(row["limit"]), row.get("verdict", "") or row["note"]])
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    right = {1, 4, 5, 6}
    program = None
    for row, line in zip(rows, lines):
        if row["program"] != program:
            program = row["program"]
            print(f"\n{program}")
            print("  " + "  ".join(h.rjust(w) if i in right else h.ljust(w)
                                   for i, (h, w) in enumerate(zip(head, widths))).rstrip())
        print("  " + "  ".join(c.rjust(w) if i in right else c.ljust(w)
                               for i, (c, w) in enumerate(zip(line, widths))).rstrip())


def machine() -> str:
    """Processor, kernel and commit: without them a number says little."""
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=pathlib.Path(__file__).resolve().parent, text=True,
                            capture_output=True, check=False).stdout.strip()
    return f"{model}, {os.cpu_count()} CPUs, Linux {platform.release()}, commit {commit or 'unknown'}"


def markdown(rows: list[dict]) -> str:
    out = ["# Results of ./dev bench", "", f"{machine()}.", "",
           "Written by `tools/bench_report.py --markdown`; [README.md](README.md) says what is measured and what the floors are."]
    program = None
    for row in rows:
        if row["program"] != program:
            program = row["program"]
            out += ["", f"## {program}", "", "| benchmark | value | unit | floor | ratio | limit | |", "| --- | ---: | --- | ---: | ---: | ---: | --- |"]
        cells = [row["name"], text_of(row["value"]), row["unit"], text_of(row["floor_value"]), text_of(row["ratio"], 2), text_of(row["limit"]),
                 "; ".join(filter(None, [row.get("verdict"), row["note"]]))]
        out.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(out) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, help="write the rows to this file, too")
    parser.add_argument("--markdown", type=pathlib.Path, help="write them as a page to keep")
    arguments = parser.parse_args()
    rows = [row for path in arguments.files for row in rows_of(path)]
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    if arguments.markdown:
        arguments.markdown.write_text(markdown(rows))
    missed = [row["name"] for row in rows if row.get("verdict") == "MISSED"]
    print(f"\n{len(rows)} benchmarks of {len(arguments.files)} programs, "
          + (f"limits missed: {', '.join(missed)}" if missed else "no limit missed"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
