"""`store_cost` (bench/store) on both engines."""
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent.parent / "tests" / "e2e"))

import postgres  # noqa: E402


def store_cost(program: pathlib.Path, seconds: float) -> list[dict]:
    """Rows through each engine and through a bare loop over the same library."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sealhall_bench_", dir="/var/tmp"))
        command = [str(program), str(seconds), folder]
        if postgres.installed():
            server = postgres.Postgres()
            stack.callback(server.stop)
            command.append(server.url)
        return json.loads(subprocess.run(command, text=True, stdout=subprocess.PIPE, check=True).stdout)["benchmarks"]
