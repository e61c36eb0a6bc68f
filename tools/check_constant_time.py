#!/usr/bin/python3
"""Looks at the compiled code of WebAssembly that handles secrets: check_constant_time.py libcrypto.a

A function below may not look anything up in a table (no address of static data in its code), and may not choose by value
(`select`, `br_table`): an engine may make a jump of those. Branches that are left are counted, so that a new one is looked at.
What the engine makes of the rest is its own: docs/decisions/0014-small-wasm-core.md says what is promised.
"""
import collections
import re
import subprocess
import sys

# function: conditional branches. All of them are loops with a fixed count, or ends at lengths, which are no secrets.
FUNCTIONS = {
    "AES_encrypt": 2, "SubLong": 0,  # aes_core.c, OPENSSL_AES_CONST_TIME
    "SubWord": 0,  # the same for the key schedule; AES_set_encrypt_key itself has a table of round constants
    "gcm_gmult_1bit": 4,  # gcm128.c, TABLE_BITS 1
    "ossl_x25519": 1, "fe_mul": 0, "fe_sq": 0, "fe_invert": 3, "fe_frombytes": 0, "fe_tobytes": 0,  # curve25519.c
    "sha256_block_data_order": 2, "sha512_block_data_order": 2,
}
# Tables that are read in a fixed order, whatever the data: the round constants of SHA-2, and 32 zeros to compare with.
TABLES = {"sha256_block_data_order": "K256", "sha512_block_data_order": "K512", "ossl_x25519": "kZeros"}
FRONT = re.compile(r"^[0-9a-f]+ <(\w+)>:$")
CODE = re.compile(r"^\s*[0-9a-f]+:\s+(?:[0-9a-f]{2} )+\s*(\w[\w.]*)")


def main() -> int:
    text = subprocess.run(["llvm-objdump-22", "-dr", sys.argv[1], f"--disassemble-symbols={','.join(FUNCTIONS)}"],
                          text=True, capture_output=True, check=True).stdout
    seen = collections.Counter()
    problems = []
    branches = collections.Counter()
    name = ""
    for line in text.splitlines():
        if front := FRONT.match(line):
            name = front[1] if front[1] in FUNCTIONS else ""
            seen[name] += 1
        elif not name:
            continue
        elif "R_WASM_MEMORY_ADDR" in line:
            table = line.split()[-1]
            if TABLES.get(name, "\0") not in table:
                problems.append(f"{name} has the address of static data in its code: {table}")
        elif code := CODE.match(line):
            if code[1] in ("select", "br_table", "call_indirect"):
                problems.append(f"{name} has a {code[1]}")
            branches[name] += code[1] in ("br_if", "if")
    for name, wanted in FUNCTIONS.items():
        if seen[name] != 1:
            problems.append(f"{name} is there {seen[name]} times")
        elif branches[name] != wanted:
            problems.append(f"{name} has {branches[name]} conditional branches, {wanted} were looked at")
    for problem in problems:
        print(problem)
    print(f"constant time: {len(FUNCTIONS)} functions, {len(problems)} problems")
    return 1 if problems else 0


sys.exit(main())
