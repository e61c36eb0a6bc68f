"""A PostgreSQL server of a measurement's own, as it is installed: it waits for the disk."""
import json
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


def installed() -> bool:
    return (PROGRAMS / "initdb").exists()


class Postgres:
    """Below `folder`, which must be on a real disk; its socket is where paths are short."""

    def __init__(self, folder: pathlib.Path):
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="sealhall_pg_", dir="/var/tmp"))
        user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        if user:
            shutil.chown(self.sockets, "nobody")
        data = self.sockets / "data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": str(self.sockets), **user}
        subprocess.run([str(PROGRAMS / "initdb"), "-D", str(data), "-U", "sealhall", "-A", "trust", "-E", "UTF8"], check=True, **quiet)
        self.server = subprocess.Popen([str(PROGRAMS / "postgres"), "-D", str(data), "-k", str(self.sockets), "-c", "listen_addresses="], **quiet)
        self.url = f"postgres://sealhall@/postgres?host={self.sockets}"
        for _ in range(300):
            if subprocess.run([str(PROGRAMS / "pg_isready"), "-h", str(self.sockets)], stdout=subprocess.DEVNULL, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("PostgreSQL did not start")

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)
        self.server.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)


def store_cost(program: pathlib.Path, seconds: float) -> list[dict]:
    """Rows through each engine and through a bare loop over the same library."""
    with tempfile.TemporaryDirectory(prefix="sealhall_bench_", dir="/var/tmp") as name:
        server = Postgres(pathlib.Path(name)) if installed() else None
        try:
            command = [str(program), str(seconds), name, *([server.url] if server else [])]
            return json.loads(subprocess.run(command, text=True, stdout=subprocess.PIPE, check=True).stdout)["benchmarks"]
        finally:
            if server:
                server.stop()
