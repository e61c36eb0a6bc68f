"""A disk that reports errors: what people are told, that nothing acknowledged is lost, and that everything goes on when it is well again."""
import os
import pathlib
import time

import harness
import recording
from harness import Server, World, check, never, scenario, wait_until
from witness import Witness

CHILDREN = ("control", "kms", "recorder")


class BadDisk:
    """The server's programs with a library in front of the system's: as long as the switch is there, their disk fails (tests/power/fault.cc)."""

    def __init__(self, world: World, data: pathlib.Path):
        self.switch = world.folder / "disk-is-bad"
        self.bin = world.folder / "bin"
        self.bin.mkdir()
        for program in harness.BIN.iterdir():
            target = self.bin / program.name
            if program.name == "sealhall":
                os.link(program, target)  # it starts what is beside it
            elif program.name.startswith("sealhall-") and program.is_file() and program.name.removeprefix("sealhall-") in CHILDREN:
                target.write_text(f"#!/bin/sh\nexport LD_PRELOAD={harness.BIN}/libdisk_faults.so FAULT_ROOT={data} FAULT_SWITCH={self.switch}\n"
                                  f'exec {program} "$@"\n')
                target.chmod(0o755)
            elif program.name.startswith("sealhall-") or program.name == "web":
                target.symlink_to(program)

    def fails(self, what: str) -> None:
        beside = self.switch.with_suffix(".new")
        beside.write_text(what + "\n")
        beside.rename(self.switch)

    def well(self) -> None:
        self.switch.unlink()


def on_a_bad_disk(world: World) -> tuple[Server, BadDisk]:
    server = Server(world, extra=["--api-rate", "5000"])
    disk = BadDisk(world, server.data)
    real, harness.BIN = harness.BIN, disk.bin
    try:
        server.start().set_up()
    finally:
        harness.BIN = real
    return server, disk


@scenario("a disk that reports errors, when written to and when synced: REST, chat and /readyz say so, nothing that was acknowledged is lost, and all "
          "goes on without a restart when it is well again")
def disk_errors(world: World) -> None:
    server, disk = on_a_bad_disk(world)
    meeting = server.create_meeting("Before")
    first = server.request("GET", "/api/meetings")[1]["meetings"][0]["id"]
    witness = world.keep(Witness(server, meeting, "Ada", token=server.token))
    wait_until("Ada to be inside", lambda: witness.participant is not None)
    numbers = iter(range(1, 1_000_000))
    acknowledged = {first: "Before"}
    said: list[str] = []

    def make(topic: str) -> tuple[int, dict]:
        answer = server.request("POST", "/api/meetings", {"topic": topic})
        if answer[0] == 201:
            acknowledged[answer[1]["id"]] = topic
        return answer

    def say(text: str) -> dict:
        number = next(numbers)
        witness.send({"type": "send_chat", "request": number, "scope": "everyone", "text": text, "files": []})
        answer = wait_until("an answer to a chat message", lambda: next(
            (m for m in list(witness.messages) if m["type"] in ("acknowledged", "error") and m.get("request") == number), None), 20)
        if answer["type"] == "acknowledged":
            said.append(text)
        return answer

    check(say("before")["type"] == "acknowledged", "chat is kept while the disk is well")
    control = server.children("control")
    for what in ("sync", "write"):
        disk.fails(what)
        refused = make(f"never {what}")
        check(refused[0] == 503 and "try again" in refused[1]["message"].lower(), f"{what}: REST says so: {refused}")
        error = say(f"never {what}")
        check(error["type"] == "error" and not error["fatal"] and "again" in error["message"], f"{what}: chat says so: {error}")
        status, ready = server.request("GET", "/readyz")
        check(status == 503 and any(e["field"] == "store" and "disk" in e["message"] for e in ready["errors"]), f"{what}: /readyz: {status} {ready}")
        check(server.request("GET", f"/api/meetings/{first}")[1].get("topic") == "Before", f"{what}: what was kept is read")
        check(not witness.closed.is_set(), f"{what}: somebody was thrown out")
        disk.well()
        wait_until(f"{what}: the server to be ready again", lambda: server.request("GET", "/readyz")[0] == 200, 20)
        wait_until(f"{what}: REST to go on", lambda w=what: make(f"after {w}")[0] == 201, 20)
        wait_until(f"{what}: chat to go on", lambda w=what: say(f"after {w}")["type"] == "acknowledged", 20)
    check(server.children("control") == control and server.starts == 1, "without a restart")
    # What is written down of keys is the same disk: without its line no key leaves, and with the disk back it does.
    for pid in server.children("control"):
        os.kill(pid, 9)
    wait_until("the server to answer again", lambda: harness_answers(server), 20)
    for meeting_id, topic in acknowledged.items():
        status, answer = wait_until("the key service", lambda m=meeting_id: next(
            (a for a in [server.request("GET", f"/api/meetings/{m}")] if a[0] != 503), None), 20)
        never(status != 200 or answer["topic"] != topic, f"{topic} was acknowledged and is gone: {status} {answer}")
    listed = [m["topic"] for m in server.request("GET", "/api/meetings")[1]["meetings"]]
    check(not any(t.startswith("never") for t in listed), f"what was refused is there: {listed}")
    import kills  # how a chat is read to its beginning
    read = kills.chat_of(server, meeting)
    never(set(said) - read, f"chat that was acknowledged is gone: {set(said) - read}")
    done = recording_command(server, "audit", "verify")
    check("is whole" in done, f"the audit log: {done}")


@scenario("a disk that reports errors while a meeting is recorded: the recording goes on with a new part, and what was written before plays", long=True)
def recording_on_a_bad_disk(world: World) -> None:
    import media
    server, disk = on_a_bad_disk(world)
    link = server.create_meeting(recording.TOPIC)
    meeting = recording.meeting_id(link)
    media.write_wav(world.folder / "ada.wav", media.speech(10, "en"))
    host = server.join(link, recording.ADA, "--audio", world.folder / "ada.wav", "--loop", host=True)
    wait_until("Ada to be in", lambda: host.last().get("state") == "joined", 20)
    recording.start_recording(server, meeting)
    time.sleep(14)  # what waits for its segment is filled up after ten seconds
    disk.fails("both")
    wait_until("the recorder to notice", lambda: recording.state(server, meeting) != "on", 40)
    disk.well()
    wait_until("the recording to go on", lambda: recording.state(server, meeting) == "on", 40)
    time.sleep(4)
    recording.live(server, meeting, "recording.stop", 204)
    host.stop()
    done = recording.completed(server)
    tracks = recording.track_of(done, recording.ADA)
    check(len(tracks) >= 2, f"a part before and one after: {tracks}")
    lengths = [len(media.read_audio(recording.save(world, server, t, f"part-{n}"))) / media.RATE for n, t in enumerate(tracks)]
    world.note("parts in seconds", lengths)
    check(lengths[0] >= 3 and lengths[-1] >= 2, f"something is missing: {lengths}")


def harness_answers(server: Server) -> bool:
    import kills
    return kills.answers(server)


def recording_command(server: Server, *words: str) -> str:
    import stored
    return stored.sealhall(*words, "--data", server.data)
