"""`store_cost` (bench/store) on both engines."""
import contextlib
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent.parent / "tests" / "e2e"))

import measured  # noqa: E402
import postgres  # noqa: E402


def store_cost(program: pathlib.Path, seconds: float) -> list[dict]:
    """Rows through each engine and through a bare loop over the same library."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sealhall_bench_", dir="/var/tmp"))
        command = [program, seconds, folder]
        if postgres.installed():
            server = postgres.Postgres()
            stack.callback(server.stop)
            command.append(server.url)
        return measured.rows_of(*command)
