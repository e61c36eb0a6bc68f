"""What the scenarios share: servers, clients, REST, waiting for things to happen. Every process that is started here is ended here."""
import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Callable

import server_logs

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = ROOT / "build/dev/bin"
PASSWORD = "correct horse battery staple"


@dataclasses.dataclass
class Scenario:
    name: str
    says: str
    run: Callable
    alone: bool = False
    long: bool = False
    crowd: bool = False


SCENARIOS: list[Scenario] = []


def scenario(says: str, alone: bool = False, long: bool = False, crowd: bool = False):
    """Registers a function as a scenario; its name is the scenario's and no other's, `says` the sentence that it proves.

    alone: it measures in real time, or needs all processors; nothing runs beside it. long: it is begun before others.
    crowd: several clients in it code pictures; it runs beside others, but not beside another crowd."""
    def register(function):
        name = function.__name__
        if any(known.name == name for known in SCENARIOS):
            raise SystemExit(f"two scenarios are called {name}: {function.__module__}.py has the second one")
        SCENARIOS.append(Scenario(name, says, function, alone, long, crowd))
        return function
    return register


def check(condition: bool, message: str) -> None:
    if not condition:
        raise AssertionError(message)


class Broken(Exception):
    """Something that no slow machine explains; whoever raises it is not run a second time (docs/decisions/0026-a-second-try.md)."""


def never(found, message: str) -> None:
    """Against `check`: for what may be nowhere and at no time, as when something acknowledged is lost. Fails when `found` is something."""
    if found:
        raise Broken(message)


def wait_until(what: str, condition: Callable, seconds: float = 15.0):
    """Asks `condition` until it gives something true, and returns that. Fails after `seconds` with `what`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f"waited {seconds} s for: {what}")
        time.sleep(0.02)


def lives(pid: int) -> bool:
    """Whoever has ended and was not asked for yet has no command line any more."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def free_port(kind: int = socket.SOCK_STREAM, count: int = 1) -> int:
    """A port on 127.0.0.1 that is free now, `count` of them in a row."""
    for _ in range(200):
        with socket.socket(socket.AF_INET, kind) as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        try:
            with contextlib.ExitStack() as stack:
                for k in range(count):
                    other = stack.enter_context(socket.socket(socket.AF_INET, kind))
                    other.bind(("127.0.0.1", port + k))
            return port
        except OSError:
            continue
    raise RuntimeError("no free port")


def keep_for_checking(method: str, path: str, response: http.client.HTTPResponse, body: bytes) -> None:
    """A line for tools/check_responses.py in the file that SEALHALL_RESPONSES names; nothing without it."""
    name = os.environ.get("SEALHALL_RESPONSES")
    if not name:
        return
    line = {"method": method, "path": path.split("?")[0], "status": response.status, "type": response.headers.get("Content-Type", ""),
            "body": body.decode(errors="replace")}
    # In one write: scenarios in other processes write into it, too.
    file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(file, (json.dumps(line) + "\n").encode())
    finally:
        os.close(file)


class Process:
    """A child with its output in a log; lines of its standard output are kept as they come."""

    def __init__(self, world: "World", name: str, command: list[str], env: dict | None = None, stdin: bool = False):
        self.name = name
        self.lines: list[str] = []
        self.came: list[float] = []  # when each line came, on time.monotonic()
        self._err = open(world.folder / f"{name}.err.log", "wb")
        self._out = open(world.folder / f"{name}.out.log", "w")
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._err, text=True, cwd=world.folder,
                                      stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, env={**os.environ, **(env or {})})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.popen.stdout:
            self.came.append(time.monotonic())
            self.lines.append(line.rstrip("\n"))
            self._out.write(line)
            self._out.flush()

    @property
    def pid(self) -> int:
        return self.popen.pid

    def running(self) -> bool:
        return self.popen.poll() is None

    def say(self, line: str) -> None:
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()

    def wait(self, seconds: float = 30.0) -> int:
        code = self.popen.wait(seconds)
        self._reader.join(5)
        return code

    def stop(self, seconds: float = 10.0) -> int:
        if self.running():
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self._reader.join(5)
        for f in (self._err, self._out):
            f.close()
        return self.popen.returncode

    def errors(self) -> str:
        return pathlib.Path(self._err.name).read_text(errors="replace")


class Client(Process):
    """`sealhall join` with `--stats`: JSON lines that say how the meeting goes."""

    def stats(self) -> list[dict]:
        found = []
        for line in list(self.lines):
            if line.startswith("{"):
                with contextlib.suppress(json.JSONDecodeError):
                    found.append(json.loads(line))
        return found

    def last(self) -> dict:
        found = self.stats()
        return found[-1] if found else {"remotes": [], "path": "", "generation": 0}

    def last_with_remotes(self) -> dict:
        """The last line from before the others had left."""
        return next((line for line in reversed(self.stats()) if line["remotes"]), self.last())

    def activity(self, kind: str) -> list[dict]:
        """Messages of this type that came, oldest first (docs/protocol/signalling.schema.json)."""
        return [e["message"] for line in self.stats() for e in line.get("events", [])
                if e.get("event") == "activity" and e["message"]["type"] == kind]

    def newest(self, kind: str) -> dict:
        """The last message of this type; nothing when none has come (the lines come once a second)."""
        return next(reversed(self.activity(kind)), {})

    def happened(self, kind: str) -> list[dict]:
        """Events of the client itself: came, gone, room, file .."""
        return [e for line in self.stats() for e in line.get("events", []) if e.get("event") == kind]

    def began(self) -> float:
        """What time.monotonic() was at the client's own t = 0. A line takes its time to come: this is late by that of the quickest."""
        return min(at - json.loads(line)["t"] for at, line in zip(list(self.came), list(self.lines)) if line.startswith('{"type":"stats"'))

    def moment(self, event: dict) -> float:
        """When the client itself says that an event was, on time.monotonic(); later by a hair, never earlier."""
        return self.began() + event["t"]

    def after(self, since: float, kind: str, **wanted) -> dict | None:
        """The first event of this kind after a moment on time.monotonic()."""
        return next((e for e in self.happened(kind) if self.moment(e) > since and wanted.items() <= e.items()), None)

    def number(self) -> int:
        return self.last()["participant"]

    def chat(self) -> dict[int, dict]:
        """The chat as this client knows it, by number."""
        return {m["message"]: m for page in self.activity("chat") for m in page["messages"]}

    def reads(self, text: str) -> bool:
        return any(m["text"] == text for m in self.chat().values())

    def remote_with_frames(self) -> list[dict]:
        return [r for r in self.last()["remotes"] if r["frames_decoded"] > 0]


class Server:
    def __init__(self, world: "World", name: str = "server", workers: int = 1, listen_port: int | None = None, udp_port: int | None = None,
                 extra: list[str] | None = None, bind: str = "127.0.0.1", behind_relay: bool = False):
        self.world = world
        self.name = name
        self.data = world.folder / f"{name}-data"
        self.port = listen_port or free_port()
        self.udp_port = udp_port or free_port(socket.SOCK_DGRAM, workers)
        self.workers = workers
        self.bind = bind
        self.extra = extra or []
        self.ca_override: pathlib.Path | None = None
        self.check_name = True
        # With a relay, clients are told an address on which the relay listens, at the same port as the server's own.
        self.relay_address = ("127.0.0.2", self.udp_port)
        if behind_relay:
            self.extra += ["--public-address", "127.0.0.2"]
        self.token = ""
        self.starts = 0
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca(self) -> pathlib.Path:
        return self.ca_override or self.data / "ca.pem"

    @property
    def run_folder(self) -> pathlib.Path:
        return self.data / "run"

    def start(self) -> "Server":
        self.starts += 1
        self.process = self.world.process(f"{self.name}-{self.starts}", [
            str(BIN / "sealhall"), "serve", "--data", str(self.data), "--listen", f"{self.bind}:{self.port}",
            "--udp-port", str(self.udp_port), "--workers", str(self.workers), *self.extra])
        self.world.logs.append(pathlib.Path(self.process._err.name))
        wait_until("the server to answer /healthz", self.healthy, 90)
        return self

    def healthy(self) -> bool:
        check(self.process.running(), f"the server ended at once:\n{self.process.errors()[-2000:]}")
        try:
            return self.request("GET", "/healthz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def request(self, method: str, path: str, body: dict | None = None, token: str | None = None) -> tuple[int, dict]:
        context = ssl.create_default_context(cafile=str(self.ca))
        context.check_hostname = self.check_name
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=10)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            if token if token is not None else self.token:
                headers["Authorization"] = f"Bearer {token if token is not None else self.token}"
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            keep_for_checking(method, path, response, text)
            with contextlib.suppress(ValueError):
                return response.status, json.loads(text)
            return response.status, {"text": text.decode(errors="replace")}
        finally:
            connection.close()

    def set_up(self) -> "Server":
        """Uses the one-time link that the server printed; from then on `request` speaks as the administrator."""
        link = wait_until("the set-up link", lambda: next((p.split()[0] for line in self.process.lines for p in [line[line.find("https://"):]]
                                                          if "/setup?token=" in line), None), 10)
        status, answer = self.request("POST", "/api/setup", {"token": link.split("token=")[1], "login": "admin", "name": "Admin",
                                                             "password": PASSWORD})
        check(status == 201, f"set-up: {status} {answer}")
        self.token = answer["token"]
        self.world.people |= {link.split("token=")[1], "admin", PASSWORD, self.token}
        return self

    def create_meeting(self, topic: str, **more) -> str:
        status, answer = self.request("POST", "/api/meetings", {"topic": topic, **more})
        check(status == 201, f"creating a meeting: {status} {answer}")
        self.world.people |= {topic, *re.split(r"\W", urllib.parse.urlsplit(answer["join_url"]).path)[2:], *([more["passcode"]] if more.get("passcode") else [])}
        # The announced address is the relay's, which carries UDP only; signalling goes to the server itself.
        return answer["join_url"].replace(f"//127.0.0.2:{self.port}/", f"//127.0.0.1:{self.port}/")

    def join(self, meeting: str, name: str, *options, host: bool = False, ca: pathlib.Path | None = None, stdin: bool = False,
             prefix: list[str] | None = None, env: dict | None = None) -> Client:
        """`prefix` stands in front of the command, as that of `networks` does, which puts it into another network."""
        command = [*(prefix or []), str(BIN / "sealhall"), "join", meeting, "--name", name, "--stats", "--ca", str(ca or self.ca), *map(str, options)]
        if host:
            command += ["--token", self.token]
        if stdin:
            command += ["--host-commands"]
        # A configuration of its own: who is banned on this machine is one person, not all of them.
        self.world.people.add(name)
        home = self.world.folder / f"config-{name.replace(' ', '-')}"
        home.mkdir(exist_ok=True)
        return self.world.process(name.replace(" ", "-"), command, Client, stdin=stdin, env={"XDG_CONFIG_HOME": str(home), **(env or {})})

    def load(self, meeting: str, participants: int, seconds: float, *options) -> Client:
        return self.world.process("load", [str(BIN / "sealhall"), "load", "--link", meeting, "--ca", str(self.ca), "--participants",
                                           str(participants), "--duration", str(seconds), *map(str, options)], Client)

    def media_counters(self) -> dict:
        """The counters of all media workers, added up."""
        status, answer = self.request("GET", "/api/workers")
        check(status == 200, f"workers: {status} {answer}")
        total: dict = {}
        for worker in answer["workers"]:
            for key, value in worker.items():
                if isinstance(value, int) and not isinstance(value, bool):
                    total[key] = total.get(key, 0) + value
        return total

    def children(self, role: str) -> list[int]:
        """Process ids of `sealhall-<role>` children of this server."""
        out = subprocess.run(["ps", "-o", "pid=,comm=,args=", "--ppid", str(self.process.pid)], text=True, capture_output=True).stdout
        return [int(line.split()[0]) for line in out.splitlines() if f"sealhall-{role}" in line]


class World:
    """A scenario's folder and everything that runs in it."""

    def __init__(self, name: str):
        self.folder = ROOT / "build" / "e2e" / name
        self.logs: list[pathlib.Path] = []  # of servers, looked at in the end
        self.people: set[str] = set()  # what no log may say: names, topics, tokens, numbers of meetings
        self._open: list = []
        self._names: dict[str, int] = {}

    def __enter__(self) -> "World":
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(self, failure, *_) -> None:
        for thing in reversed(self._open):
            with contextlib.suppress(OSError, ValueError):
                thing.stop() if hasattr(thing, "stop") else thing.close()
        if failure is None:
            wrong = server_logs.problems_of(self.logs, self.people)
            never(wrong, "in the logs of the server:\n  " + "\n  ".join(wrong[:20]))

    def note(self, what: str, numbers) -> None:
        """Keeps a measurement for whoever reads the log."""
        line = f"{what}: {json.dumps(numbers, default=float)}"
        print(f"        {line}", flush=True)
        with open(self.folder / "notes.txt", "a") as notes:
            notes.write(line + "\n")

    @staticmethod
    def recording(folder: pathlib.Path, name: str) -> pathlib.Path:
        """The one WebM of a participant in a recording folder."""
        found = [p for p in folder.glob("*.webm") if name in p.name]
        check(len(found) == 1, f"one recording of {name} in {folder}, not {[p.name for p in folder.glob('*')]}")
        return found[0]

    def keep(self, thing):
        """Ends `thing` (stop or close) when the scenario ends."""
        self._open.append(thing)
        return thing

    def process(self, name: str, command: list[str], kind=Process, **more) -> Process:
        self._names[name] = self._names.get(name, 0) + 1
        if self._names[name] > 1:
            name = f"{name}-{self._names[name]}"
        return self.keep(kind(self, name, command, **more))
