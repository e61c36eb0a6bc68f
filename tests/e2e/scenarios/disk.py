"""A disk without room: what people are told, and that everything goes on by itself when there is room again."""
import contextlib
import os
import pathlib
import subprocess

from harness import Server, World, check, scenario, wait_until
from witness import Witness

SIZE = 24 << 20


class SmallDisk:
    """A file system in memory, of its own size; the scenario's World ends it after the server."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(path)], check=True, capture_output=True)
        self.filler = path / "filler"

    def fill(self) -> None:
        with open(self.filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        with open(self.filler, "ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"x")

    def stop(self) -> None:
        subprocess.run(["umount", "-l", str(self.path)], check=False, capture_output=True)


@scenario("a full disk: REST and chat say so in a sentence, what was kept stays readable, and with room again both go on by themselves")
def full_disk(world: World) -> None:
    disk = world.keep(SmallDisk(world.folder / "disk"))
    server = Server(world, extra=["--api-rate", "5000"])
    server.data = disk.path / "data"
    server.start().set_up()
    meeting = server.create_meeting("Before")
    meeting_id = server.request("GET", "/api/meetings")[1]["meetings"][0]["id"]
    witness = world.keep(Witness(server, meeting, "Ada", token=server.token))
    wait_until("Ada to be inside", lambda: witness.participant is not None)
    numbers = iter(range(1, 1_000_000))

    def say(text: str) -> dict:
        """The answer to a chat message: an acknowledgement or an error."""
        number = next(numbers)
        witness.send({"type": "send_chat", "request": number, "scope": "everyone", "text": text, "files": []})
        return wait_until("an answer to a chat message", lambda: next(
            (m for m in list(witness.messages) if m["type"] in ("acknowledged", "error") and m.get("request") == number), None), 20)

    def stays(answer: tuple[int, dict]) -> bool:
        return answer[0] == 507 and "room" in answer[1]["message"]

    check(say("before")["type"] == "acknowledged", "chat is kept while there is room")
    disk.fill()
    # SQLite may have room left in its log's file; it is used up by more of the same.
    refused = wait_until("the API to say that the disk is full", lambda: next(
        (a for a in [server.request("POST", "/api/meetings", {"topic": "x" * 150})] if a[0] != 201), None), 30)
    check(stays(refused), f"a full disk is said: {refused}")
    error = wait_until("chat to be refused", lambda: next((a for a in [say("y" * 2000)] if a["type"] == "error"), None), 30)
    check(not error["fatal"] and "again" in error["message"], f"chat says that it was not kept: {error}")
    check(server.request("GET", f"/api/meetings/{meeting_id}")[1].get("topic") == "Before", "what was kept is read")
    check(server.request("GET", "/readyz")[0] in (200, 503), "it answers")
    check(not witness.closed.is_set(), "nobody is thrown out of the meeting")

    os.unlink(disk.filler)
    made = wait_until("the API to take meetings again", lambda: next(
        (a for a in [server.request("POST", "/api/meetings", {"topic": "After"})] if a[0] == 201), None), 20)
    check(server.request("GET", f"/api/meetings/{made[1]['id']}")[1]["topic"] == "After", "and to keep them")
    wait_until("chat to be kept again", lambda: say("after")["type"] == "acknowledged", 20)
    check(server.starts == 1 and server.process.running(), "without a restart")
    for role in ("control", "kms"):
        check(len(server.children(role)) == 1, f"{role} runs")
