#!/usr/bin/env python3
"""The checks of tools/ can fail: each gets a small tree in which one thing is wrong and has to name it, and passes the same tree without that.
So does the look at the logs of servers that every scenario takes (tests/e2e/server_logs.py). And a scenario is run a second time only for what a slow
machine explains (tests/e2e/run.py)."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path += [str(ROOT / "tools"), str(ROOT / "tests/e2e")]

import server_logs  # noqa: E402
from check_asvs import LIST, STATES, items  # noqa: E402
from check_tests import never_called  # noqa: E402


def asvs(why: str, state: str = "holds", without: str = "1.1.1", more: str = "") -> str:
    """The list of ASVS with this row for 1.1.1; nothing else applies. `without` is left out, `more` is added."""
    rows = [f"| {item} | words | does not apply | why |" for item in items() if item not in ("1.1.1", without)]
    rows += [f"| {item} | words | {state} | {why} |" for item in ("1.1.1", more) if item]
    counts = [len(rows)] + [sum(f" | {each} | " in row for row in rows) for each in STATES]
    return "Of {} items {} hold, {} do not apply, {} are not done.\n".format(*counts) + "".join(f"{row}\n" for row in rows)


SHOWN = '`io/net/task_test.cc`: "task: one thing"'
RIGHT = {
    "core/rtp/packet.h": "#pragma once\n",
    "core/sfu/forwarder.cc": '#include "core/rtp/packet.h"\n',
    "server/media/worker.cc": '#include "core/srtp/sender.h"\n#include "core/sfu/forwarder.h"\n#include <vector>\n#include <boost/json.hpp>\n',
    "client/engine/session.cc": '#include "core/sframe/header.h"\n',
    "client/engine/io/udp_socket.cc": "#include <sys/socket.h>\n",
    "io/tls/stream.cc": "#include <openssl/ssl.h>\n",
    "io/net/task.cc": "Task f() {\n  const auto x = co_await g();\n  co_return;\n}\n",
    "io/net/task_test.cc": 'TEST_CASE(\n    "task: one "\n    "thing") {}\n',
    LIST: asvs(SHOWN),
}
# The check, a file that is added or put in the place of the right one, and what is said of it.
WRONG = [
    ("check_asvs.py", LIST, asvs(SHOWN, without="5.2.3"), "5.2.3: not there"),
    ("check_asvs.py", LIST, asvs(SHOWN, more="5.2.3"), "5.2.3: 2 times"),
    ("check_asvs.py", LIST, asvs(SHOWN, more="1.1.8"), "1.1.8: no item of levels 1 and 2"),
    ("check_asvs.py", LIST, asvs('`io/net/gone_test.cc`: "task: one thing"'), "1.1.1: there is no file io/net/gone_test.cc"),
    ("check_asvs.py", LIST, asvs('`io/net/task_test.cc`: "task: another"'), "1.1.1: io/net/task_test.cc has no test task: another"),
    ("check_asvs.py", LIST, asvs("by reading: `GONE.md`"), "1.1.1: there is no file GONE.md"),
    ("check_asvs.py", LIST, asvs("we are sure"), "1.1.1: holds, but no test and no file shows it"),
    ("check_asvs.py", LIST, asvs(SHOWN).replace("Of ", "Of 1"), "the counts are"),
    ("check_layers.py", "core/sfu/keys.cc", '#include "core/crypto/aead.h"\n', "core/sfu may not include core/crypto/aead.h"),
    ("check_layers.py", "core/sfu/keys.cc", "#include <core/crypto/aead.h>\n", "core/sfu may not include core/crypto/aead.h"),
    ("check_layers.py", "core/sfu/keys.h", '#include "core/srtp/receiver.h"\n', "core/sfu may not include core/srtp/receiver.h"),
    ("check_layers.py", "server/media/worker.cc", '#include "core/sframe/context.h"\n', "server/media may not include core/sframe/context.h"),
    ("check_layers.py", "server/media/keys.cc", '#include "core/hpke/hpke.h"\n', "server/media may not include core/hpke/hpke.h"),
    ("check_layers.py", "server/control/keys.cc", '#include "core/sframe/managed_keys.h"\n', "server/control may not include core/sframe/managed_keys.h"),
    ("check_layers.py", "client/engine/session.cc", '#include "server/kms/key_folder.h"\n', "client may not include server/kms/key_folder.h"),
    ("check_layers.py", "client/engine/session.cc", "#include <sys/socket.h>\n", "the engine asks the system in client/engine/io only"),
    ("check_layers.py", "core/rtp/clock.cc", "auto now() { return std::chrono::steady_clock::now(); }\n", "it never reads a clock"),
    ("check_layers.py", "core/rtp/worker.cc", "#include <thread>\n", "no threads"),
    ("check_layers.py", "core/rtp/error.cc", "void f() { throw 1; }\n", "core has no exceptions"),
    ("check_layers.py", "core/rtp/chance.cc", "int f() { return rand(); }\n", "chance and time are arguments"),
    ("check_layers.py", "io/net/stream.cc", "#include <openssl/ssl.h>\n", "<openssl/…> belongs into"),
    ("check_layers.py", "elsewhere/file.cc", "int x;\n", "this folder is not in the table"),
    *(("check_coroutines.py", "io/net/task.cc", f"Task f() {{\n  {statement};\n}}\n", "co_await does not stand alone with named arguments")
      for statement in ("if (co_await g() == 1) co_return", "co_await g({1, 2})", "co_await g(Pair{1, 2})", "const auto y = h(co_await g())")),
]


def tree(folder: pathlib.Path, contents: dict[str, str]) -> None:
    shutil.copytree(ROOT / "tools", folder / "tools", ignore=lambda _, names: [n for n in names if not n.endswith(".py")])
    for name, text in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)


def run(check: str, contents: dict[str, str]) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        tree(folder, contents)
        done = subprocess.run([sys.executable, str(folder / "tools" / check)], text=True, capture_output=True)
        return done.returncode, done.stdout + done.stderr


INCLUDED = '#include "core/rtp/packet.h"\n'
# What a header of core declares, the text of a fuzz target, and the parsers that it misses.
FUZZED = [
    ("expected<Packet, RtpError> parse_packet(ByteView bytes);", INCLUDED + "parse_packet(input);", []),
    ("expected<Packet, RtpError> parse_packet(ByteView bytes);", "parse_packet(input);", ["parse_packet"]),
    ("expected<Packet, RtpError> parse_packet(ByteView bytes);", INCLUDED + "// parse_packet\nparse_header(input);", ["parse_packet"]),
    ("std::optional<Bytes> from_base64(std::string_view text);", INCLUDED, ["from_base64"]),
    ("std::vector<Line> parse_chat(std::string_view text);", INCLUDED, ["parse_chat"]),
    ("static expected<Reader, Error> open_recovered(ByteView header);", INCLUDED, ["open_recovered"]),
    ("expected<Bytes, Error> wrap_key(const Key& key);", INCLUDED, []),
]


def fuzzed() -> list[str]:
    """The headers of core of which check_tests.py names other parsers than those that no target calls."""
    return [f"of {header!r} and the target {target!r} is said {said}, not {missing}" for header, target, missing in FUZZED
            if (said := never_called("core/rtp/packet.h", header, [target])) != missing]


# clang-tidy looks at what changed: the finding is that a quotient of whole numbers becomes a fraction.
FINDING = "inline double half(int whole) { return whole / 2; }\n"
TIDY = {
    ".clang-tidy": "Checks: '-*,bugprone-integer-division'\nWarningsAsErrors: '*'\nHeaderFilterRegex: '.*'\n",
    "core/rtp/packet.h": "#pragma once\n",
    "core/rtp/packet.cc": '#include "packet.h"\n',
    "core/rtp/profile.h": "#pragma once\n",
    "core/sfu/slots.h": "#pragma once\n",
    "core/sfu/slots_test.cc": '#include "slots.h"\n',
    "core/crypto/x25519_small.cc": "int small();\n",
    "fuzz/rtp_fuzz.cc": "int fuzz();\n",
}
BUILT = ("core/rtp/packet.cc", "core/sfu/slots_test.cc")  # by the dev build
# The file in which the finding is put, the exit code, and what is said.
TIDIED = [
    (None, 0, "0 files checked, 0 with findings, 0 not reached, 0 not checked"),
    ("core/rtp/packet.cc", 1, "--- core/rtp/packet.cc"),
    ("core/rtp/packet.h", 1, "--- core/rtp/packet.cc"),
    ("core/sfu/slots.h", 1, "--- core/sfu/slots_test.cc"),
    ("core/crypto/x25519_small.cc", 1, "--- core/crypto/x25519_small.cc"),
    ("core/rtp/profile.h", 0, "headers not checked, since no .cc has their name: core/rtp/profile.h"),
    ("fuzz/rtp_fuzz.cc", 0, "not checked, since the dev build does not compile them: fuzz/rtp_fuzz.cc"),
]


def tidied() -> list[str]:
    """What check_tidy.py does not say of a change. The files were checked without it before, as on a machine in use."""
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name).resolve()
        commands = [{"directory": str(folder), "file": str(folder / each), "arguments": ["clang++-22", "-std=c++23", "-c", str(folder / each)]}
                    for each in BUILT]
        tree(folder, TIDY | {".gitignore": "/build/\n__pycache__/\n", "build/dev/compile_commands.json": json.dumps(commands)})
        subprocess.run(["git", "-C", name, "add", "."], check=True)
        subprocess.run(["git", "-C", name, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", "right"], check=True)
        check = [sys.executable, str(folder / "tools/check_tidy.py")]
        done = subprocess.run([*check, "--all"], text=True, capture_output=True)
        if done.returncode != 0:
            return [f"check_tidy.py refuses what is right:\n{done.stdout}{done.stderr}"]
        for changed, code, sentence in TIDIED:
            if changed:
                (folder / changed).write_text(TIDY[changed] + FINDING)
            done = subprocess.run(check, text=True, capture_output=True, env=os.environ | {"SEALHALL_LINT_BASE": "HEAD"})
            if done.returncode != code or not any(line.endswith(sentence) for line in done.stdout.splitlines()):
                wrong.append(f"check_tidy.py does not say {sentence!r} of {changed}, but ({done.returncode}):\n{done.stdout}{done.stderr}")
            if changed:
                (folder / changed).write_text(TIDY[changed])
    return wrong


# A line of a log, and what is said of it.
LOGGED = '{"time":"2026-01-01T00:00:00.000Z","level":"info","process":"control",'
LINES = [
    (LOGGED + '"message":"control runs","port":8443,"meeting":"98765432"}', None),
    (LOGGED + '"message":"ready","address":"127.0.0.1:38838"}', None),
    (LOGGED + '"message":"Adamant","reason":"eve at example.org"}', None),
    (LOGGED + '"message":"somebody came","address":"192.0.2.1:4000"}', "an address (192.0.2.1)"),
    (LOGGED + '"message":"somebody came from [2001:db8::1]"}', "an address ([2001:db8::1])"),
    (LOGGED + '"message":"somebody came","from":"2001:db8::1"}', "an address (2001:db8::1)"),
    (LOGGED + '"message":"certificate","sha256":"ab:cd:ef:01:23:45:67:89:ab:cd:ef:01","why":"std::bad_alloc at 12:34:56"}', None),
    (LOGGED + '"message":"no such user","login":"eve@example.org"}', "a mail address (eve@example.org)"),
    (LOGGED + '"message":"Ada has come"}', "what somebody is or has (Ada)"),
    (LOGGED + '"message":"begun","meeting":"98765432100"}', "what somebody is or has (98765432100)"),
    ('{"message":"ready"}', "without time, level, process, message"),
    ("terminate called", "no JSON"),
]


def logs() -> list[str]:
    """The lines about which something else is said than should be."""
    wrong = []
    for line, sentence in LINES:
        said = server_logs.problems_in([line], {"Ada", "98765432100"})
        if [s.split(":")[0] for s in said] != ([] if sentence is None else [sentence.split(":")[0]]):
            wrong.append(f"of the log's line {line} is said {said}, not {sentence}")
    return wrong


# The scenarios of tests/e2e/run.py, in a folder of their own.
RUNNER = f"""import pathlib, sys
sys.path.insert(0, {str(ROOT / "tests/e2e")!r})
import harness, run
harness.ROOT = pathlib.Path(__file__).resolve().parent
sys.exit(run.main(harness.ROOT / "scenarios"))
"""
TOYS = """from harness import check, never, scenario, wait_until


def toy(name, ends, **how):
    def run(world):
        print("run of", name, flush=True)
        ends(world)
    run.__name__ = name
    scenario("a toy", **how)(run)


def named(world):
    world.logs.append(world.folder / "server.log")
    world.logs[0].write_text('{"time":"","level":"","process":"","message":"Ada came"}\\n')
    world.people.add("Ada")


for name, ends in [("good", lambda _: never([], "nothing")), ("late", lambda _: check(False, "late")), ("lost", lambda _: never(["row"], "lost")), ("named", named)]:
    toy(name + "_alone", ends, alone=True)
    toy(name + "_beside", ends)


def crowded(world):
    # Holds what only one at a time can have until somebody has run beside it.
    place = world.folder.parent / "crowd"
    never([] if not place.exists() else [place], "two crowds at once")
    place.touch()
    wait_until("somebody beside the crowd", (world.folder.parent / "beside").exists, 20)
    place.unlink()


toy("crowd_one", crowded, long=True, crowd=True)
toy("crowd_two", crowded, long=True, crowd=True)
toy("bystander", lambda world: (world.folder.parent / "beside").touch())
"""
RUNS = {"good": 1, "late": 2, "lost": 1, "named": 1}


def second_tries() -> list[str]:
    """What is wrong with how often scenarios are run, alone and beside others, with what is said of them, and with crowds, which are never two."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "scenarios").mkdir()
        (folder / "scenarios/toys.py").write_text(TOYS)
        (folder / "launch.py").write_text(RUNNER)
        env = {k: v for k, v in os.environ.items() if k != "SEALHALL_BEHIND"}  # nothing is measured: no build has to stand still for it
        done = subprocess.run([sys.executable, str(folder / "launch.py")], text=True, capture_output=True, env=env)
    lines = done.stdout.splitlines()
    wrong = [f"{toy}_{where} was run {times} times, not {wanted}" for toy, wanted in RUNS.items() for where in ("alone", "beside")
             if (times := lines.count(f"run of {toy}_{where}")) != wanted]
    if done.returncode == 0 or lines[-1:] != ["5 passed, 6 failed"]:
        wrong.append(f"five of eleven are good, but it ends with {done.returncode} and {lines[-1:]}")
    return [f"tests/e2e/run.py: {each}\n{done.stdout}{done.stderr}" for each in wrong]


def main() -> int:
    problems = logs() + second_tries() + fuzzed() + tidied()
    for check in sorted({check for check, *_ in WRONG}):
        code, said = run(check, RIGHT)
        if code != 0:
            problems.append(f"{check} refuses what is right:\n{said}")
    for check, name, text, sentence in WRONG:
        code, said = run(check, RIGHT | {name: text})
        lines = [line for line in said.splitlines() if line.startswith(name)]
        if code != 1 or len(lines) != 1 or sentence not in lines[0]:
            problems.append(f"{check} does not say of {name} that {sentence!r}, but ({code}):\n{said}")
    for problem in problems:
        print(problem)
    print(f"checks: {len(WRONG)} trees with one thing wrong, {len(TIDIED)} changes for clang-tidy, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
