#!/usr/bin/env python3
"""docs/security/asvs.md has every item of ASVS 4.0.3 levels 1 and 2 once, and names only files and tests that exist.

A row is `| item | words | state | why |`. In the last cell stand `path`, and behind a path its test: "the title" of a test case,
or `name` of a scenario. What holds names a test, or says "by reading:" and a file. The counts in the text are those of the rows.
"""
import re
import sys

from tree import ROOT

LIST = "docs/security/asvs.md"
# Section, then its items of levels 1 and 2. Left out are those of level 3 alone and those that the standard has deleted.
ITEMS = """
1.1 1-7, 1.2 1-4, 1.4 1 4-5, 1.5 1-4, 1.6 1-4, 1.7 1-2, 1.8 1-2, 1.9 1-2, 1.10 1, 1.11 1-2, 1.12 2, 1.14 1-6,
2.1 1-12, 2.2 1-3, 2.3 1-3, 2.4 1-6, 2.5 1-7, 2.6 1-3, 2.7 1-6, 2.8 1-7, 2.9 1-3, 2.10 1-4,
3.1 1, 3.2 1-4, 3.3 1-4, 3.4 1-5, 3.5 1-3, 3.7 1, 4.1 1-3 5, 4.2 1-2, 4.3 1-3,
5.1 1-5, 5.2 1-8, 5.3 1-10, 5.4 1-3, 5.5 1-4, 6.1 1-3, 6.2 1-6, 6.3 1-2, 6.4 1-2,
7.1 1-4, 7.2 1-2, 7.3 1 3-4, 7.4 1-3, 8.1 1-4, 8.2 1-3, 8.3 1-8, 9.1 1-3, 9.2 1-4, 10.2 1-2, 10.3 1-3,
11.1 1-8, 12.1 1-3, 12.2 1, 12.3 1-6, 12.4 1-2, 12.5 1-2, 12.6 1, 13.1 1 3-5, 13.2 1-3 5-6, 13.3 1-2, 13.4 1-2,
14.1 1-4, 14.2 1-6, 14.3 2-3, 14.4 1-7, 14.5 1-4
"""
STATES = ("holds", "does not apply", "not done")
COUNTS = re.compile(r"Of (\d+) items (\d+) hold, (\d+) do not apply, (\d+) are not done\.")
READ = re.compile(r"[Bb]y reading: (`[^`]+`(?:, `[^`]+`)*)")
# `path`, and behind a colon the title or the name of a test in it.
REFERENCE = re.compile(r'`([\w./-]+)`(?:: (?:"([^"]+)"|`(\w+)`))?')


def items() -> list[str]:
    out = []
    for part in ITEMS.replace("\n", " ").split(","):
        section, *ranges = part.split()
        for each in ranges:
            first, _, last = each.partition("-")
            out += [f"{section}.{n}" for n in range(int(first), int(last or first) + 1)]
    return out


def tests_in(name: str) -> set[str]:
    """Titles of test cases (C++, JavaScript) or names of scenarios (Python)."""
    text = (ROOT / name).read_text()
    if name.endswith(".cc"):
        cases = re.findall(r'^TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', text, re.M)
        return {"".join(re.findall(r'"((?:[^"\\]|\\.)*)"', case)) for case in cases}
    if name.endswith(".py"):
        return set(re.findall(r"^@scenario\((?:[^\n]*\n)+?def (\w+)\(", text, re.M))
    return {title for _, title in re.findall(r"^\s*(?:test|it)\(\s*([\"'`])((?:(?!\1).)*)\1", text, re.M)}


def problems_of(item: str, state: str, why: str) -> list[str]:
    if state not in STATES:
        return [f'{item}: "{state}" is none of: {", ".join(STATES)}']
    problems = []
    read = [name for some in READ.findall(why) for name in re.findall(r"`([^`]+)`", some)]
    shown = bool(read)
    for name, title, scenario in REFERENCE.findall(why):
        test = title or scenario
        is_file = (ROOT / name).is_file()
        looks_like_a_file = "/" in name.strip("/") and "." in name.rsplit("/", 1)[1]
        if not is_file and (test or name in read or looks_like_a_file):
            problems.append(f"{item}: there is no file {name}")
        elif test and test not in tests_in(name):
            problems.append(f"{item}: {name} has no test {test}")
        shown = shown or bool(test)
    if state == "holds" and not shown:
        problems.append(f"{item}: holds, but no test and no file shows it")
    if state != "holds" and not why:
        problems.append(f"{item}: {state}, but not why")
    return problems


def main() -> int:
    text = (ROOT / LIST).read_text()
    rows = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", text, re.M)
    problems = []
    there = [item for item, *_ in rows]
    expected = items()
    problems += [f"{item}: not there" for item in expected if item not in there]
    problems += [f"{item}: no item of levels 1 and 2" for item in there if item not in expected]
    problems += [f"{item}: {there.count(item)} times" for item in sorted(set(there)) if there.count(item) > 1]
    lines = len(re.findall(r"^\| *\d", text, re.M))
    if lines != len(rows):
        problems.append(f"{lines - len(rows)} rows are not of the form | item | words | state | why |")
    for item, _, state, why in rows:
        problems += problems_of(item, state, why)
    counts = [len(rows)] + [sum(state == each for *_, state, _ in rows) for each in STATES]
    said = COUNTS.search(text)
    if not said or [int(n) for n in said.groups()] != counts:
        problems.append("the counts are: Of {} items {} hold, {} do not apply, {} are not done.".format(*counts))
    for problem in problems:
        print(f"{LIST}: {problem}")
    print(f"ASVS: {len(rows)} items, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
