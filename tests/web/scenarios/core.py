"""The WebAssembly core in a browser, without a meeting around it."""
import json
import pathlib
import shutil

from harness import check, scenario

WEB = pathlib.Path(__file__).resolve().parent.parent


@scenario("the core passes in a worker of Chromium every vector that it passes in Node: joins, HPKE, key identifiers, frames, key epochs")
def core_in_chromium(world):
    process = world.process("core", [shutil.which("node"), str(WEB / "core_in_chromium.mjs")])
    check(process.wait(90) == 0, f"it ended with an error:\n{process.errors()[-3000:]}")
    checks = json.loads(next(line for line in process.lines if line.startswith("{")))["checks"]
    world.note("core", {"checks": len(checks)})
    wrong = [f"{c['name']}: {c['error']}" for c in checks if c.get("error")]
    check(not wrong, "in Chromium:\n" + "\n".join(wrong))
    check(len(checks) >= 20, f"only {len(checks)} checks ran")
