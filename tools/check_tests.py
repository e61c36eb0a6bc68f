#!/usr/bin/env python3
"""Every .cc of core/ has a _test.cc beside it; every parser of outside data has a fuzz target; every module has a README."""
import re
import sys

from tree import ROOT, files

# A function whose name says that it reads outside data.
PARSER = re.compile(r"\b(?:expected|std::optional)<[^;{}]*?>\s+(parse_\w+|parse|decode_\w+|unprotect\w*)\s*\(")


def main() -> int:
    problems = []
    sources = files(".h", ".cc")
    names = {p.as_posix() for p in sources}
    fuzz_text = "\n".join((ROOT / p).read_text() for p in sources if p.as_posix().startswith("fuzz/"))
    modules = set()
    for path in sources:
        name = path.as_posix()
        if not name.startswith("core/"):
            continue
        modules.add(path.parent)
        if name.endswith(".cc") and not name.endswith(("_test.cc", "_main.cc")):
            test = name[:-3] + "_test.cc"
            text = (ROOT / path).read_text()
            covered = re.search(r"^// Tested in (\S+_test\.cc)", text, re.M)
            if test not in names and not (covered and (path.parent / covered.group(1)).as_posix() in names):
                problems.append(f"{name}: no {test} (or a line '// Tested in other_test.cc')")
        if name.endswith(".h") and PARSER.search((ROOT / path).read_text()) and f'#include "{name}"' not in fuzz_text:
            problems.append(f"{name}: declares a parser, but no fuzz target includes it")
    for module in sorted(modules):
        if not (ROOT / module / "README.md").exists():
            problems.append(f"{module}: no README.md")
    for readme in (p for p in files(".md") if p.name == "README.md"):
        if not (ROOT / readme).read_text().startswith("# "):
            problems.append(f"{readme}: the first line is no heading; was it given to clang-format?")
    for target in (p for p in sources if p.as_posix().startswith("fuzz/") and p.name.endswith("_fuzz.cc")):
        seeds = ROOT / "fuzz" / "seeds" / target.name.removesuffix("_fuzz.cc")
        if not seeds.is_dir() or not any(seeds.iterdir()):
            problems.append(f"{target}: no seeds in {seeds.relative_to(ROOT)}")
    for problem in problems:
        print(problem)
    print(f"tests beside code: {len(modules)} core modules, {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
