"""A PostgreSQL server of a scenario's or a measurement's own, as it is installed: it waits for the disk."""
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
    """Its files and its socket are on a real disk where paths are short, and go when it stops."""

    def __init__(self):
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="sealhall_pg_", dir="/var/tmp"))
        user = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        if user:
            shutil.chown(self.sockets, "nobody")
        self.data = self.sockets / "data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": str(self.sockets), **user}
        subprocess.run([str(PROGRAMS / "initdb"), "-D", str(self.data), "-U", "sealhall", "-A", "trust", "-E", "UTF8"], check=True, **quiet)
        self.server = subprocess.Popen([str(PROGRAMS / "postgres"), "-D", str(self.data), "-k", str(self.sockets), "-c", "listen_addresses="], **quiet)
        self.url = f"postgres://sealhall@/postgres?host={self.sockets}"
        for _ in range(300):
            if subprocess.run([str(PROGRAMS / "pg_isready"), "-h", str(self.sockets)], stdout=subprocess.DEVNULL, check=False).returncode == 0:
                return
            time.sleep(0.1)
        raise SystemExit("PostgreSQL did not start")

    def ask(self, sql: str) -> list[str]:
        """The lines of an answer, columns apart by "|"."""
        return subprocess.run([str(PROGRAMS / "psql"), "-XAtq", "-h", str(self.sockets), "-U", "sealhall", "-d", "postgres", "-c", sql],
                              text=True, capture_output=True, check=True, timeout=30).stdout.splitlines()

    def stop(self) -> None:
        self.server.send_signal(signal.SIGINT)
        self.server.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)

