"""A learning platform, for tests: it knows what an administrator pasted into it."""
import hashlib
import re
import subprocess
import urllib.parse
import xml.etree.ElementTree as xml

from harness import BIN, PASSWORD, Server, check
from recorded import fetch


def admin_command(server: Server, *words: str) -> str:
    """What a command of an administrator prints."""
    done = subprocess.run([str(BIN / "sealhall"), *words, "--server", server.url, "--ca", str(server.ca), "--user", "admin"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60, env={"SEALHALL_PASSWORD": PASSWORD})
    check(done.returncode == 0, f"sealhall {' '.join(words)}: {done.returncode} {done.stderr}")
    return done.stdout


class Platform:
    """A learning platform that was given what `sealhall bbb secret` prints."""

    def __init__(self, server: Server):
        self.server = server
        printed = admin_command(server, "bbb", "secret")
        self.base = re.search(r"address: (\S+)", printed).group(1)
        self.secret = re.search(r"secret:  (\S+)", printed).group(1)

    def path(self, call: str, **parameters) -> str:
        query = urllib.parse.urlencode(parameters)
        checksum = hashlib.sha256((call + query + self.secret).encode()).hexdigest()
        return urllib.parse.urlsplit(self.base).path + f"api/{call}?{query}{'&' if query else ''}checksum={checksum}"

    def ask(self, call: str, **parameters) -> xml.Element:
        status, _, body = fetch(self.server, self.path(call, **parameters))
        check(status == 200, f"{call}: {status}")
        return xml.fromstring(body)

    def join(self, **parameters) -> str:
        status, headers, body = fetch(self.server, self.path("join", **parameters))
        check(status == 302, f"join: {status} {body[:300]!r}")
        return headers["Location"]
