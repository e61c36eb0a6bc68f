#!/usr/bin/python3
"""Writes web/src/core/abi.ts from core/wasm/sealhall_core.h: constants, the layout of the event, the exported functions.

  make_wasm_wrapper.py            writes the file
  make_wasm_wrapper.py --check    fails when the file is not what the header says
"""
import re
import sys

from tree import ROOT

HEADER = ROOT / "core/wasm/sealhall_core.h"
OUTPUT = ROOT / "web/src/core/abi.ts"
FIELD = re.compile(r"(?:const )?(\w+)(\*?) (\w+);")
FUNCTION = re.compile(r"^([\w ]+?\*?) SEALHALL_EXPORT\((\w+)\)\(([^;]*)\);", re.M)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def generate(text: str) -> str:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    out = ["// Generated from core/wasm/sealhall_core.h by tools/make_wasm_wrapper.py; do not edit.", ""]
    for name, body in re.findall(r"enum (\w+) \{(.*?)\};", text, flags=re.S):
        entries = re.findall(r"SEALHALL_(\w+) = (\d+)", body)
        out += [f"export const {name} = {{", *(f"  {key.lower()}: {value}," for key, value in entries), "} as const;", ""]
    (fields,) = re.findall(r"typedef struct SealhallEvent \{(.*?)\}", text, flags=re.S)
    parsed = FIELD.findall(fields)
    if any(kind not in ("uint32_t", "int32_t", "uint8_t") or (kind == "uint8_t") != bool(star) for kind, star, _ in parsed):
        sys.exit("make_wasm_wrapper: a field of SealhallEvent has a type that this tool does not know")
    out += ["/** An event as it lies in memory; addresses are offsets into it. */", "export interface CoreEvent {"]
    out += [f"  {camel(name)}: number;" for _, _, name in parsed] + ["}", ""]
    out += ["export function readEvent(view: DataView, at: number): CoreEvent {", "  return {"]
    for k, (kind, _, name) in enumerate(parsed):
        get = "getInt32" if kind == "int32_t" else "getUint32"
        out.append(f"    {camel(name)}: view.{get}(at + {4 * k}, true),")
    out += ["  };", "}", "", "/** What the module exports. Pointers and sessions are addresses. */", "export interface CoreExports {",
            "  memory: WebAssembly.Memory;", "  _initialize(): void;"]
    functions = FUNCTION.findall(text)
    if len(functions) != text.count("SEALHALL_EXPORT(sealhall_"):
        sys.exit("make_wasm_wrapper: a declaration could not be read")
    for result, name, parameters in functions:
        names = [re.split(r"[ *]", p.strip())[-1] for p in parameters.split(",")]
        given = ", ".join(f"{camel(n)}: number" for n in names if n != "void")
        out.append(f"  {name}({given}): {'void' if result.strip() == 'void' else 'number'};")
    out += ["}", "", "export const exportedFunctions = ["]
    out += [f'  "{name}",' for _, name, _ in functions] + ["] as const;", ""]
    return "\n".join(out)


def main() -> int:
    wanted = generate(HEADER.read_text())
    if "--check" in sys.argv[1:]:
        same = OUTPUT.exists() and OUTPUT.read_text() == wanted
        print("web/src/core/abi.ts is " + ("what the header says" if same else "old: run tools/make_wasm_wrapper.py"))
        return 0 if same else 1
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(wanted)
    return 0


sys.exit(main())
