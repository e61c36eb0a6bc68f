"""kill -9 of every process again and again, under load: what was acknowledged is there afterwards."""
import contextlib
import http.client
import os
import signal
import threading
import time

import websocket

from harness import Server, World, check, scenario, wait_until
from witness import Witness

KILLS = 100


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
                (m for m in me.messages[a:] if m["type"] == "chat" and m["history"]), None), 10)
            found |= {m["text"] for m in page["messages"]}
            if not page["more"] or not page["messages"]:
                return found
            before = min(m["message"] for m in page["messages"])


def answers(server: Server) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
        return server.request("GET", "/api/me")[0] == 200
    return False


def topic_of(server: Server, meeting_id: str) -> str | None:
    """503 says that the key service is not back yet: what is sealed waits, it is not gone."""
    status, answer = wait_until("the key service to be back", lambda: next(
        (a for a in [server.request("GET", f"/api/meetings/{meeting_id}")] if a[0] != 503), None), 20)
    return answer["topic"] if status == 200 else None


@scenario("100 times kill -9 of every process in turn, under load: no meeting and no chat message that was acknowledged is lost")
def hundred_kills(world: World) -> None:
    server = Server(world, workers=2, extra=["--api-rate", "5000"]).start().set_up()
    meeting = server.create_meeting("Kills")
    writer, talker = Writer(server), Talker(server, meeting)
    writer.start()
    talker.start()
    checked = 0
    kills = {"control": 0, "kms": 0, "media": 0, "everything": 0}
    try:
        wait_until("the first acknowledgements", lambda: len(writer.acknowledged) > 5 and len(talker.acknowledged) > 5, 30)
        while sum(kills.values()) < KILLS:
            for role in kills:
                if role == "everything":
                    children = [p for r in ("media", "kms", "control") for p in server.children(r)]
                    for pid in (server.process.pid, *children):
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                    server.process.wait()
                    server.start()
                else:
                    before = server.children(role)
                    for pid in before:
                        os.kill(pid, signal.SIGKILL)
                    wait_until(f"{role} to come back", lambda r=role, b=before: len(server.children(r)) == len(b) and not
                               set(server.children(r)) & set(b), 20)
                kills[role] += 1
                wait_until("the server to answer", lambda: answers(server), 20)
                known = writer.acknowledged[checked:]
                for meeting_id, topic in known:
                    check(topic_of(server, meeting_id) == topic, f"after {kills}: meeting {topic} is gone")
                checked += len(known)
                if sum(kills.values()) % 20 == 0:
                    promised = set(talker.acknowledged)
                    lost = promised - chat_of(server, meeting)
                    check(not lost, f"after {kills}: chat that was acknowledged is gone: {sorted(lost)[:10]}")
    finally:
        writer.stop.set()
        talker.stop.set()
    writer.join(10)
    talker.join(10)
    for meeting_id, topic in writer.acknowledged:
        check(topic_of(server, meeting_id) == topic, f"at the end: meeting {topic} is gone")
    lost = set(talker.acknowledged) - chat_of(server, meeting)
    check(not lost, f"at the end: chat that was acknowledged is gone: {sorted(lost)[:10]}")
    world.note("kills", {**kills, "meetings": len(writer.acknowledged), "chat": len(talker.acknowledged), "joins": talker.joins})
