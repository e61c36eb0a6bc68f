#!/usr/bin/env python3
"""Keeps code away from the coroutines that g++ 12 compiles wrongly: a co_await stands alone, with named arguments.

Allowed:   co_await name(args...);   (void)co_await ...;   auto x = co_await ...;   x = co_await ...;   co_return co_await f(named);
Refused:   if/switch/while (co_await ...), a && co_await ..., f(co_await ...), aggregate or lambda temporaries as arguments.
"""
import re
import sys

from tree import ROOT, files, strip_comments

ALONE = re.compile(r"^\s*(?:(?:const\s+)?auto\s*[&*]?\s*\w+\s*=\s*|\w[\w.\->]*\s*=\s*|\(void\)\s*|co_return\s+)?co_await\s+[^;]*;\s*$")


def main() -> int:
    problems = []
    uses = 0
    for path in files(".h", ".cc"):
        text = strip_comments((ROOT / path).read_text())
        if "co_await" not in text:
            continue
        # One statement a line: join what a formatter has wrapped. The brace of a temporary object ends it, too, which is refused then.
        start = 0
        for end, ch in enumerate(text):
            if ch not in ";{}":
                continue
            statement = text[start:end + 1].strip()
            line = text.count("\n", 0, start) + 1
            start = end + 1
            if "co_await" not in statement:
                continue
            uses += 1
            flat = " ".join(statement.split())
            if not ALONE.match(flat):
                problems.append(f"{path}:{line}: co_await does not stand alone with named arguments: {flat[:100]}")
    for problem in problems:
        print(problem)
    print(f"coroutines: {uses} co_await, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
