"""kill -9 of every process again and again, under load: what was acknowledged is there afterwards, whole, and sealed with nonces of its own.

The load: meetings are made and chat is said without a pause, files go into the chat, somebody speaks, and the meeting is recorded. SEALHALL_KILLS
says how often each process is killed: 100 proves what the product promises, and takes too long for every run; CONTRIBUTING.md has the command.
"""
import contextlib
import http.client
import json
import os
import random
import signal
import sqlite3
import ssl
import subprocess
import threading
import time
from collections.abc import Callable

import websocket

import media
import recorded
from harness import BIN, Client, Server, World, check, lives, never, scenario, wait_until
from listening import Listening
from witness import Witness, to_b64

KILLS = int(os.environ.get("SEALHALL_KILLS", "10"))  # of each process
CHILDREN = ("media", "kms", "control", "recorder", "composer")
UNFINISHED = ".unfinished"  # where blobs lie that have no name yet


class Nonces:
    """Every (key, nonce) of every sealed record, and (key, salt) of every wrapped key, that was ever seen in the database, and (key, salt,
    nonce prefix) of every container on the disk (docs/protocol/at-rest.md, sections 3 to 5)."""

    def __init__(self, server: Server):
        self.path = server.data / "accounts.sqlite"
        self.folders = [server.data / "recordings", server.data / "blobs"]
        self.seen: dict[bytes, bytes] = {}
        self.containers: dict[bytes, str] = {}
        self.columns: list[tuple[str, str]] = []

    @contextlib.contextmanager
    def opened(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=10)) as database:
            try:
                yield database
            except sqlite3.DatabaseError as error:  # those that are derived from it say that it is busy, or that we are wrong
                never(type(error) is sqlite3.DatabaseError, f"the database is damaged: {error}")
                raise

    def look(self) -> None:
        with self.opened() as database:
            if not self.columns:
                tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'")]
                self.columns = [(table, row[1]) for table in tables for row in database.execute(f"PRAGMA table_info({table})") if row[2] == "BLOB"]
            for table, column in self.columns:
                for (value,) in database.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL"):
                    self.add(bytes(value), f"{table}.{column}")
        for folder in self.folders:
            for path in folder.rglob("*"):
                if UNFINISHED in path.parts:
                    continue  # it gets its name when it is whole, and is looked at then
                with contextlib.suppress(FileNotFoundError, IsADirectoryError), path.open("rb") as file:
                    self.add_container(file.read(256), str(path))

    def add_container(self, header: bytes, path: str) -> None:
        """It is written on under its own nonces: another one of the same key, salt and prefix would use them again."""
        if len(header) < 256 or header[:8] != b"SEALHALL":
            return
        used = header[128:144] + header[32:71]
        never(self.containers.setdefault(used, path) != path, f"{path} and {self.containers[used]} have one key, salt and prefix")

    def add(self, value: bytes, where: str) -> None:
        if len(value) < 78 or value[:2] != b"\x01\x01":
            return
        wrapped = len(value) == 150 and where.startswith("data_keys.")
        used = value[2:22] + value[38:70] if wrapped else value[2:30]
        before = self.seen.setdefault(used, value)
        never(before != value, f"{where}: one key and nonce for two contents")

    def integrity(self) -> None:
        with self.opened() as database:
            never(database.execute("PRAGMA integrity_check").fetchall() != [("ok",)], "the database is damaged")


class Writer(threading.Thread):
    """Makes meetings without a pause; remembers those that were acknowledged."""

    def __init__(self, server: Server):
        super().__init__(daemon=True)
        self.server = server
        self.acknowledged: list[tuple[str, str]] = []  # id, topic
        self.stop = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            topic = f"kill-{number}"
            try:
                status, answer = self.server.request("POST", "/api/meetings", {"topic": topic})
                if status == 201:
                    self.acknowledged.append((answer["id"], topic))
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.05)
            time.sleep(0.02)


class Talker(threading.Thread):
    """Sends chat without a pause, joining again whenever it was cut off; remembers what was acknowledged."""

    def __init__(self, server: Server, meeting: str):
        super().__init__(daemon=True)
        self.server = server
        self.meeting = meeting
        self.acknowledged: list[str] = []
        self.stop = threading.Event()
        self.joins = 0

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            try:
                with contextlib.closing(Witness(self.server, self.meeting, "Talker", token=self.server.token)) as me:
                    self.joins += 1
                    seen = 0
                    asked: dict[int, str] = {}
                    while not self.stop.is_set() and not me.closed.is_set():
                        if me.participant is not None and len(asked) < 20:
                            number += 1
                            asked[number] = f"said-{number}"
                            me.send({"type": "send_chat", "request": number, "scope": "everyone", "text": asked[number], "files": []})
                        while seen < len(me.messages):
                            message = me.messages[seen]
                            seen += 1
                            if message["type"] == "acknowledged" and message["request"] in asked:
                                self.acknowledged.append(asked.pop(message["request"]))
                            elif message["type"] == "error":
                                asked.pop(message.get("request"), None)
                        time.sleep(0.05)
            except (OSError, ValueError, KeyError, websocket.WebSocketException):
                time.sleep(0.1)


def told(me: Witness, kind: str, matches: Callable[[dict], bool], seconds: float = 5) -> dict | None:
    """What the server says to `me`; None when the time or the connection is over before."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not me.closed.is_set():
        for message in me.of_type(kind):
            if matches(message):
                return message
        time.sleep(0.02)
    return None


class Sender(threading.Thread):
    """Puts files into the chat, one after the other; remembers those whose message was acknowledged."""

    def __init__(self, server: Server, meeting: str):
        super().__init__(daemon=True)
        self.server = server
        self.meeting = meeting
        self.acknowledged: dict[str, bytes] = {}  # file, content
        self.stop = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            try:
                with contextlib.closing(Witness(self.server, self.meeting, "Sender", token=self.server.token)) as me:
                    inside = told(me, "joined", lambda _: True)
                    while inside and not self.stop.is_set() and not me.closed.is_set():
                        number += 1
                        self.send_one(me, 2 * number)
                        time.sleep(0.5)
            except (OSError, http.client.HTTPException, ValueError, KeyError, websocket.WebSocketException):
                time.sleep(0.1)

    def send_one(self, me: Witness, request: int) -> None:
        content = random.Random(request).randbytes(20_000)
        me.send({"type": "offer_file", "request": request, "name": f"file-{request}", "size": len(content)})
        ticket = told(me, "file_ticket", lambda m: m["request"] == request)
        if ticket is None:
            return
        status, _ = self.server.request("PUT", f"/api/files/{ticket['file']}", {"ticket": ticket["ticket"], "offset": 0, "data": to_b64(content)},
                                        token="")
        if status != 200 or told(me, "file_stored", lambda m: m["file"] == ticket["file"] and m["stored"]) is None:
            return
        me.send({"type": "send_chat", "request": request + 1, "scope": "everyone", "text": "", "files": [ticket["file"]]})
        if told(me, "acknowledged", lambda m: m["request"] == request + 1):
            self.acknowledged[ticket["file"]] = content


def lost_files(server: Server, meeting: str, files: dict[str, bytes]) -> list[str]:
    """Those of them that are not in the meeting's chat any more as they were sent."""
    lost = []
    wanted = list(files.items())
    while wanted:
        some, wanted = wanted[:25], wanted[25:]  # who asks for many at once is slowed down
        with contextlib.closing(Witness(server, meeting, "Saver", token=server.token)) as me:
            wait_until("the saver to be inside", lambda w=me: w.participant is not None, 20)
            for request, (file, content) in enumerate(some, 1):
                me.send({"type": "get_file", "request": request, "file": file})
                ticket = told(me, "file_ticket", lambda m, r=request: m["request"] == r)
                if ticket is None:
                    refused = [m["code"] for m in me.of_type("error") if m.get("request") == request]
                    check("not_found" in refused, f"{file}: no ticket: {refused}")  # slow, or cut off: that is no loss
                    lost.append(f"{file}: not found")
                    continue
                path = f"/api/files/{file}?ticket={ticket['ticket']}&offset=0&size={len(content) + 1}"
                status, _, body = wait_until("the key service to be back", lambda p=path: next(
                    (a for a in [recorded.fetch(server, p)] if a[0] != 503), None), 20)
                if status != 200 or body != content:
                    lost.append(f"{file}: {status}, {len(body)} bytes")
    return lost


class Film:
    """Somebody who speaks, in a meeting that is recorded; both begin again whenever they were cut off."""

    def __init__(self, world: World, server: Server, link: str):
        self.server = server
        self.link = link
        self.meeting = recorded.meeting_id(link)
        self.sound = world.folder / "speech.wav"
        media.write_wav(self.sound, media.speech(10, "en"))
        self.speakers = 0
        self.speaker: Client | None = None

    def goes_on(self) -> bool:
        """Whether the recorder is in the meeting, with a voice to record; does what is needed for that."""
        if self.speaker is None or not self.speaker.running():
            self.speakers += 1
            self.speaker = self.server.join(self.link, f"Speaker {self.speakers}", "--audio", self.sound, "--loop")
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            now = recorded.state(self.server, self.meeting)
            if now in ("", "off"):
                self.server.request("PATCH", f"/v2/live_meetings/{self.meeting}/events", {"method": "recording.start"})
            return now == "on" and self.speaker.last().get("state") == "joined"
        return False

    def end(self) -> None:
        assert self.speaker is not None
        self.speaker.stop()
        check(self.server.request("POST", f"/api/meetings/{self.meeting}/end")[0] in (200, 204), "ending the meeting")

    def whole_tracks(self) -> int:
        """Every track of every recording, opened from its first byte to its last; gives how many there are."""
        status, all_of_them = self.server.request("GET", "/api/recordings?page_size=300")
        check(status == 200, f"{all_of_them}")
        tracks = 0
        for recording in all_of_them["recordings"]:
            status, known = self.server.request("GET", f"/api/recordings/{recording['id']}")
            check(status == 200, f"{recording['id']}: {known}")
            for track in known["tracks"]:
                context = ssl.create_default_context(cafile=str(self.server.ca))
                connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=context, timeout=60)
                path = "/" + track["download_url"].split("/", 3)[3]
                connection.request("GET", path, headers={"Authorization": f"Bearer {self.server.token}"})
                response = connection.getresponse()
                try:
                    body = response.read()
                except http.client.IncompleteRead as cut:  # what does not open is not sent
                    body = cut.partial
                connection.close()
                never(response.status != 200 or len(body) != track["file_size"], f"{track}: {response.status}, {len(body)} bytes")
                tracks += 1
        return tracks

    def written_down(self) -> bool:
        status, all_of_them = self.server.request("GET", "/api/recordings?page_size=300")
        return status == 200 and all(r["state"] != "recording" for r in all_of_them["recordings"])


def chat_of(server: Server, meeting: str) -> set[str]:
    """Everything that was said in the meeting, from its newest page to its oldest."""
    with contextlib.closing(Witness(server, meeting, "Reader", token=server.token)) as me:
        wait_until("the reader to be inside", lambda: me.participant is not None, 20)
        found: set[str] = set()
        before = None
        while True:
            asked = len(me.messages)
            me.send({"type": "read_chat", "limit": 50, **({} if before is None else {"before": before})})
            page = wait_until("a page of chat", lambda a=asked: next(
                (m for m in me.messages[a:] if m["type"] == "error" or (m["type"] == "chat" and m["history"])), None), 10)
            if page["type"] == "error":  # many pages at once: the server slows it down
                check(page["code"] == "rate_limited", f"{page}")
                time.sleep(0.5)
                continue
            found |= {m["text"] for m in page["messages"]}
            if not page["more"] or not page["messages"]:
                return found
            before = min(m["message"] for m in page["messages"])


def answers(server: Server) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        return server.request("GET", "/api/me")[0] == 200
    return False


class Reader:
    """Reads over one connection as long as it stands: a handshake for each of thousands takes longer than what is proved."""

    def __init__(self, server: Server):
        self.server = server
        self.context = ssl.create_default_context(cafile=str(server.ca))
        self.connection: http.client.HTTPSConnection | None = None

    def get(self, path: str) -> tuple[int, dict]:
        end = time.monotonic() + 20
        while True:
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=self.context, timeout=10)
                self.connection.request("GET", path, headers={"Authorization": f"Bearer {self.server.token}"})
                response = self.connection.getresponse()
                return response.status, json.loads(response.read())
            except (OSError, http.client.HTTPException, ValueError):
                self.connection = None
                check(time.monotonic() < end, f"GET {path}: no answer")
                time.sleep(0.02)

    def topic_of(self, meeting_id: str) -> str | None:
        """503 says that the key service is not back yet: what is sealed waits, it is not gone."""
        status, answer = wait_until("the key service to be back", lambda: next(
            (a for a in [self.get(f"/api/meetings/{meeting_id}")] if a[0] != 503), None), 20)
        return answer["topic"] if status == 200 else None


def back(server: Server, role: str, before: list[int]) -> bool:
    """Whether others of that kind run, as many as before."""
    now = server.children(role)
    return len(now) == len(before) and not set(now) & set(before)


def kill(server: Server, roles: tuple[str, ...], pauses: list[float]) -> None:
    """Ends them as a power cut would end a process, one after the other with these pauses, which are shorter than the way back of the one before;
    then waits until all are there and the server works again."""
    before = {}
    for role, pause in zip(roles, pauses):
        before[role] = wait_until(f"{role} to run", lambda r=role: server.children(r), 20)
        for pid in before[role]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(pause)
    for role, pids in before.items():
        wait_until(f"{role} to come back", lambda r=role, p=pids: back(server, r, p), 20)
    wait_until("the server to answer", lambda: answers(server), 20)


def kill_everything(server: Server) -> None:
    children = [p for r in CHILDREN for p in server.children(r)]
    for pid in (server.process.pid, *children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait()
    wait_until("the children of a killed supervisor to end", lambda: not any(lives(p) for p in children), 10)
    server.start()
    wait_until("the server to answer", lambda: answers(server), 20)


@scenario("kill -9 of every process in turn, again and again, while people write, send files, speak and are recorded: nothing that was "
          "acknowledged is lost, programs that asked are told of it, nothing is damaged, every track that was recorded opens, no key and nonce is used twice", long=True)
def hundred_kills(world: World) -> None:
    server = Server(world, workers=1, extra=["--api-rate", "5000", "--webhooks-anywhere"]).start().set_up()
    listening = world.keep(Listening(server))
    meeting = server.create_meeting("Kills")
    writer, talker, sender = Writer(server), Talker(server, meeting), Sender(server, meeting)
    nonces, reader = Nonces(server), Reader(server)
    film = Film(world, server, meeting)
    for each in (writer, talker, sender):
        each.start()
    checked = 0
    # Everything at the end of each round: a new supervisor does not wait longer for a child that dies often.
    kills = dict.fromkeys((*CHILDREN, "everything"), 0)
    start = time.monotonic()
    try:
        wait_until("the first acknowledgements", lambda: min(len(w.acknowledged) for w in (writer, talker)) > 5 and sender.acknowledged, 30)
        chance = random.Random(20)
        while min(kills.values()) < KILLS:
            wait_until(f"the meeting to be recorded, after {kills}", film.goes_on, 60)
            order = chance.sample(CHILDREN, len(CHILDREN))
            # In every fourth round each alone, until all is well again; otherwise into the way back of the one before.
            waves = [(role,) for role in order] if kills["everything"] % 4 == 3 else [tuple(order)]
            for wave in waves:
                kill(server, wave, [chance.uniform(0, 0.4) for _ in wave])
            for role in CHILDREN:
                kills[role] += 1
            kill_everything(server)
            kills["everything"] += 1
            known = writer.acknowledged[checked:]
            for meeting_id, topic in known:
                never(reader.topic_of(meeting_id) != topic, f"after {kills}: meeting {topic} is gone")
            checked += len(known)
            nonces.look()
            if kills["everything"] % 5 == 0:
                promised = set(talker.acknowledged)
                lost = promised - chat_of(server, meeting)
                never(lost, f"after {kills}: chat that was acknowledged is gone: {sorted(lost)[:10]}")
    finally:
        for each in (writer, talker, sender):
            each.stop.set()
        took = time.monotonic() - start
    for each in (writer, talker, sender):
        each.join(10)
    for meeting_id, topic in writer.acknowledged:
        never(reader.topic_of(meeting_id) != topic, f"at the end: meeting {topic} is gone")
    lost = set(talker.acknowledged) - chat_of(server, meeting)
    never(lost, f"at the end: chat that was acknowledged is gone: {sorted(lost)[:10]}")
    check(len(sender.acknowledged) >= KILLS // 2, f"only {len(sender.acknowledged)} files were sent")
    gone = lost_files(server, meeting, dict(sender.acknowledged))
    never(gone, f"at the end: files that were acknowledged are gone: {gone[:10]}")
    missed = listening.missed({meeting for meeting, _ in writer.acknowledged}, set(talker.acknowledged))
    never(missed, f"at the end: {len(missed)} meetings and messages were told to nobody: {missed[:10]}")
    film.end()  # nobody comes in after that
    wait_until("the recordings to be over", film.written_down, 60)
    tracks = film.whole_tracks()
    check(tracks >= KILLS, f"only {tracks} tracks were recorded")
    nonces.look()
    nonces.integrity()
    server.process.stop()
    for command in (["audit", "verify"], ["doctor"]):
        done = subprocess.run([str(BIN / "sealhall"), *command, "--data", str(server.data)], capture_output=True, text=True, timeout=30)
        never(done.returncode != 0, f"sealhall {' '.join(command)}: {done.stdout}{done.stderr}")
    world.note("kills", {**kills, "seconds": round(took, 1), "meetings": len(writer.acknowledged), "chat": len(talker.acknowledged),
                         "files": len(sender.acknowledged), "told": len(listening.got), "joins": talker.joins, "keys and nonces": len(nonces.seen),
                         "containers": len(nonces.containers), "tracks": tracks, "speakers": film.speakers})
