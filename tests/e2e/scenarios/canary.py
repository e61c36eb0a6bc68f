"""The canary test: known strings are planted wherever people can put something, and every byte on the disk is searched for them."""
import base64
import os
import pathlib
import shutil
import sqlite3
import subprocess

import harness
from harness import Server, World, check, scenario, wait_until

# Words that nothing else contains; long enough that base64 of any alignment has a part of its own.
WORD = "Kanarienvogel-{}-zwitschert-in-der-Voliere"


def forms(word: str) -> dict[str, bytes]:
    """How a string may lie on a disk when somebody forgot to seal it."""
    raw = word.encode()
    found = {"utf-8": raw, "utf-16": word.encode("utf-16-le"), "hexadecimal": raw.hex().encode()}
    for shift in range(3):
        # The characters that do not depend on what stands before and after.
        found[f"base64+{shift}"] = base64.b64encode(b"\0" * shift + raw)[4 if shift else 0:-4]
        found[f"base64url+{shift}"] = base64.urlsafe_b64encode(b"\0" * shift + raw)[4 if shift else 0:-4]
    return found


def search(folders: list[pathlib.Path], words: list[str]) -> list[str]:
    """Every file below the folders (one that is gone meanwhile was a temporary one)."""
    hits = []
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            try:
                if not path.is_file() or path.is_symlink():
                    continue
                content = path.read_bytes()
            except OSError:
                continue
            for word in words:
                hits += [f"{word} as {form} in {path}" for form, part in forms(word).items() if part in content]
    return hits


@scenario("the canary: nothing that people write, name or record lies readable on any disk of the server")
def canary(world: World):
    # The server has a folder of its own for everything that it writes, temporary files too.
    temporary = world.folder / "tmp"
    temporary.mkdir()
    server = Server(world)
    words: list[str] = []

    def plant(what: str) -> str:
        words.append(WORD.format(what))
        return words[-1]

    os.environ["TMPDIR"] = str(temporary)  # inherited by what is started from here on
    server.start().set_up()
    del os.environ["TMPDIR"]
    wait_until("the keystore", lambda: (server.data / "keys/keystore").exists(), 20)
    wait_until("kms to serve", lambda: "version 1" in subprocess.run(
        [str(harness.BIN / "sealhall"), "keys", "list", "--data", str(server.data)], text=True, capture_output=True).stdout, 20)

    # Scheduling, over the API.
    passcode = "kanari7zwitsc"
    status, answer = server.request("POST", "/v2/users/me/meetings", {
        "topic": plant("topic"), "agenda": plant("agenda"), "type": 2, "start_time": "2030-01-01T10:00:00Z", "duration": 30})
    world.note("v2 meetings", status)
    check(status in (201, 404), f"{status} {answer}")
    if status == 201:
        server.request("PATCH", f"/v2/meetings/{answer['id']}", {"topic": plant("changed-topic")})
    # In a meeting, from two terminals.
    meeting = server.create_meeting("A plain name", passcode=passcode)
    host = server.join(meeting, plant("host-name"), "--passcode", passcode, host=True, stdin=True)
    guest = server.join(meeting, plant("guest-name"), "--passcode", passcode, stdin=True)
    wait_until("both to see each other", lambda: host.last()["remotes"] and guest.last()["remotes"], 20)
    host.say(plant("chat"))
    guest.say(plant("answer"))
    wait_until("the chat", lambda: host.reads(words[-1]) and guest.reads(words[-2]), 20)
    host.say(f"/msg {WORD.format('guest-name')}: {plant('private')}")
    wait_until("the private message", lambda: guest.reads(words[-1]), 20)
    host.say(f"/edit 1 {plant('edited')}")
    host.say(f"/reply 1 {plant('reply')}")
    host.say(f"/poll {plant('poll')} | {plant('poll-question')} | {plant('option')} | other")
    host.say("/poll-open 1")
    guest.say("/vote 1 1")
    guest.say(f"/ask {plant('question')}")
    host.say(f"/answer 1 {plant('spoken')}")
    guest.say(f"/rename {plant('new-name')}")
    wait_until("the reply", lambda: guest.reads(WORD.format("reply")), 20)

    # A backup, too.
    new_key = subprocess.run([str(harness.BIN / "sealhall"), "backup", "--new-key", str(world.folder / "backup.key")],
                             text=True, capture_output=True, check=True)
    backups = world.folder / "backups"
    backups.mkdir()
    subprocess.run([str(harness.BIN / "sealhall"), "backup", str(backups / "copy"), "--data", str(server.data),
                    "--encrypt-to", new_key.stdout.strip()], check=True, capture_output=True, timeout=60)

    # Logs and standard output of the server; those of the clients are on somebody else's machine.
    logs = [p for p in world.folder.glob("server-*.log")]
    places = [server.data, temporary, backups, *logs]
    while_running = search(places, words)
    server.process.stop()
    after = search(places, words)
    world.note("words planted", len(words))
    world.note("bytes searched", sum(p.stat().st_size for f in places for p in (f.rglob("*") if f.is_dir() else [f]) if p.is_file()))
    check(not while_running and not after, "readable on the disk:\n  " + "\n  ".join((while_running + after)[:40]))

    # The search is worth something only if it can find: in a row of the database, in its WAL, in a file, in each form.
    copy = world.folder / "copy-data"
    shutil.copytree(server.data, copy, ignore=shutil.ignore_patterns("run"))
    with sqlite3.connect(copy / "accounts.sqlite") as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE forgotten(text TEXT)")
        database.execute("INSERT INTO forgotten VALUES(?)", (words[0],))
        database.commit()
        check(any("accounts.sqlite" in hit for hit in search([copy], words)), "a row of the database was not found")
    for number, (form, part) in enumerate(forms(words[1]).items()):
        (copy / f"forgotten-{number}").write_bytes(b"\0\x01" + part + b"xyz")
        check(any(f"as {form} in" in hit and f"forgotten-{number}" in hit for hit in search([copy], words)), f"{form} was not found")
