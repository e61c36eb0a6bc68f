"""The canary test: known strings are planted wherever people can put something, and every byte on the disk is searched for them."""
import base64
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess

import harness
import postgres
from bucket import Bucket
from harness import Server, World, check, never, scenario, wait_until
from learning import Platform
from receiver import Receiver
from recorded import completed
import webhooks

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


def planned(server: Server, plant, passcode: str) -> None:
    """What is written about a meeting before it takes place, by whoever plans it and by those who want to come."""
    def ask(expected: int, method: str, path: str, body: dict) -> dict:
        status, answer = server.request(method, path, body)
        check(status == expected, f"{method} {path}: {status} {answer}")
        return answer
    ask(201, "POST", "/v2/tracking_fields", {"field": "Department"})
    meeting = ask(201, "POST", "/v2/users/me/meetings", {
        "topic": plant("topic"), "agenda": plant("agenda"), "type": 2, "start_time": "2030-01-01T10:00:00Z", "duration": 30,
        "password": passcode, "tracking_fields": [{"field": "Department", "value": plant("tracking-value")}],
        "settings": {"approval_type": 1, "breakout_room": {"enable": True, "rooms": [{"name": plant("planned-room"), "participants": []}]}}})
    path = f"/v2/meetings/{meeting['id']}"
    ask(204, "PATCH", path, {"topic": plant("changed-topic")})
    ask(204, "PATCH", f"{path}/registrants/questions", {"questions": [{"field_name": "org"}, {"field_name": "comments"}],
                                                        "custom_questions": [{"title": plant("registration-question"), "type": "short"}]})
    ask(201, "POST", f"{path}/registrants", {
        "email": f"{plant('registrant')}@example.org", "first_name": plant("first-name"), "last_name": plant("last-name"), "org": plant("organisation"),
        "comments": plant("comment"), "custom_questions": [{"title": WORD.format("registration-question"), "value": plant("registration-answer")}]})
    ask(201, "POST", f"{path}/polls", {"title": plant("prepared-poll"), "questions": [
        {"name": plant("prepared-question"), "type": "single", "answers": [plant("prepared-option"), "other"]}]})
    ask(201, "POST", f"/api/meetings/{meeting['id']}/guests", {"name": plant("invited-guest")})
    ask(201, "POST", "/v2/users/me/meeting_templates", {"meeting_id": meeting["id"], "name": plant("template")})


@scenario("the canary: nothing that people write, name or record lies readable on any disk of the server", long=True)
def canary(world: World):
    planted_and_searched(world)


@scenario("the canary where PostgreSQL is the database and files are in S3: nothing of it in rows, log of writes and files of the one, and in no object of the other", long=True)
def canary_elsewhere(world: World):
    planted_and_searched(world, world.keep(postgres.Postgres()), world.keep(Bucket(world)))


def planted_and_searched(world: World, database: postgres.Postgres | None = None, bucket: Bucket | None = None) -> None:
    # The server has a folder of its own for everything that it writes, temporary files too.
    temporary = world.folder / "tmp"
    temporary.mkdir()
    on_database = ["--database", database.url] if database else []
    server = Server(world, extra=["--webhooks-anywhere", *on_database])
    words: list[str] = []

    def plant(what: str) -> str:
        words.append(WORD.format(what))
        return words[-1]

    # A mail server that nobody can reach: what is to be sent stays in the outbox.
    if bucket:
        bucket.use(server)
    else:
        server.data.mkdir(mode=0o700)
    (server.data / "identity.json").write_text(json.dumps(
        {"mail": {"server": f"smtp://127.0.0.1:{harness.free_port()}", "from": "meet@example.org", "allow_clear_text": True}}))
    os.environ["TMPDIR"] = str(temporary)  # inherited by what is started from here on
    server.start().set_up()
    del os.environ["TMPDIR"]
    wait_until("the keystore", lambda: (server.data / "keys/keystore").exists(), 20)
    wait_until("kms to serve", lambda: "version 1" in subprocess.run(
        [str(harness.BIN / "sealhall"), "keys", "list", "--data", str(server.data)], text=True, capture_output=True).stdout, 20)

    # A program that hears everything, from then on is away: what it is to be told waits in the database, and its address is there, too.
    secret = plant("hook-secret")
    listener = world.keep(Receiver(webhooks.proving(secret)))
    status, hook = server.request("POST", webhooks.PATH, {
        "events": ["meeting.created", "meeting.updated", "meeting.registration_created", "meeting.chat_message_sent", "meeting.participant_joined"],
        "event_webhook_url": listener.url(f"/{plant('hook-address')}"), "secret_token": secret,
        "event_subscription_name": plant("hook-name")})
    check(status == 201, f"{status} {hook}")
    hook_path = f"{webhooks.PATH}/{hook['event_subscription_id']}"
    wait_until("the address to prove itself", lambda: server.request("GET", hook_path)[1].get("status") == "active", 20)
    listener.status = 503

    # Scheduling, over the API.
    passcode, planned_passcode = "kanari7zwitsc", "Zw1tscher"
    words += [passcode, planned_passcode]
    planned(server, plant, planned_passcode)
    # A lesson of a learning platform, and what the two share.
    platform = Platform(server)
    words.append(platform.secret)
    platform.ask("create", meetingID=plant("lesson-id"), name=plant("lesson"), welcome=plant("lesson-welcome"), attendeePW=plant("lesson-attendees"),
                 moderatorPW=plant("lesson-moderators"), meta_course=plant("lesson-course"), logoutURL=f"https://learn.example/{plant('lesson-page')}")
    made = subprocess.run([str(harness.BIN / "sealhall"), "meeting", "create", "--server", server.url, "--ca", str(server.ca), "--token",
                           server.token, "--topic", plant("mail"), "--at", "2030-01-07 10:00", "--zone", "Europe/Berlin", "--invite",
                           plant("invited") + "@example.org"], text=True, capture_output=True, timeout=30)
    check(made.returncode == 0, made.stderr)
    # In a meeting, from two terminals.
    meeting = server.create_meeting("A plain name", passcode=passcode)
    host = server.join(meeting, plant("host-name"), "--passcode", passcode, host=True, stdin=True)
    guest = server.join(meeting, plant("guest-name"), "--passcode", passcode, stdin=True)
    wait_until("both to see each other", lambda: host.last()["remotes"] and guest.last()["remotes"], 20)
    host.say(plant("chat"))
    wait_until("the chat", lambda: guest.reads(words[-1]), 20)
    guest.say(plant("answer"))
    wait_until("the answer", lambda: host.reads(words[-1]), 20)
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
    # A file by name and content; more than a segment, so that whole ones lie on the disk.
    source = world.folder / f"{plant('file-name')}.txt"
    source.write_bytes(f"{plant('file-content')}\n".encode() * 4000)
    guest.say(f"/send {source}")
    wait_until("the file", lambda: any(m["files"] for m in host.chat().values()), 30)
    host.say(f"/draw text 100 100 {plant('whiteboard')}")
    wait_until("the board", lambda: guest.newest("board"), 20)
    host.say(f"/hosts {plant('to-hosts')}")
    host.say("/waiting-room-on")
    waiting = server.join(meeting, plant("waiting-name"), "--passcode", passcode, stdin=True)
    wait_until("somebody to wait", lambda: waiting.last().get("state") == "waiting", 20)
    waiting.say(plant("from-the-waiting-room"))
    host.say(f"/lobby {plant('to-the-waiting-room')}")
    wait_until("the answer", lambda: waiting.reads(words[-1]), 20)
    guest.say(f"/report 1: {plant('report')}")
    # In a room of their own.
    host.say(f"/rooms {plant('room-name')}: {WORD.format('new-name')} | other")
    host.say("/rooms-open")
    wait_until("the guest to be in the room", lambda: (guest.happened("room") or [{}])[-1].get("room") == 1, 20)
    guest.say(plant("said-in-the-room"))
    wait_until("it to be kept", lambda: guest.reads(words[-1]), 20)
    host.say(f"/tell-rooms {plant('announcement')}")
    wait_until("the announcement", lambda: guest.activity("announcement"), 20)
    host.say("/rooms-close 1")
    wait_until("the guest to be back", lambda: guest.happened("room")[-1]["room"] == 0, 30)
    # The server records, with what is written meanwhile in the recording's own chat.
    host.say(json.dumps({"type": "host_command", "action": "record_start"}))
    wait_until("the question", lambda: guest.newest("recording").get("asked"), 40)
    guest.say("/agree")
    host.say(plant("recorded-chat"))
    wait_until("the chat", lambda: guest.reads(words[-1]), 20)
    wait_until("all of it to be kept", lambda: len(guest.activity("acknowledged")) >= 3, 20)
    wait_until("the message as it was edited", lambda: guest.reads(WORD.format("edited")), 20)
    # The film is made of it, by a process that has temporary files of its own.
    host.say(json.dumps({"type": "host_command", "action": "record_stop"}))
    film = completed(server)
    if bucket:
        wait_until("the film to be in the bucket", lambda: f"recordings/{film['id']}/0/video" in bucket.names(), 60)
        wait_until("it to have left this disk", lambda: not (server.data / "recordings" / film["id"]).exists(), 60)
    else:
        check(any(p.name == "video" for p in (server.data / "recordings").rglob("*")), f"no film: {film}")

    # A backup, too.
    new_key = subprocess.run([str(harness.BIN / "sealhall"), "backup", "--new-key", str(world.folder / "backup.key")],
                             text=True, capture_output=True, check=True)
    backups = world.folder / "backups"
    backups.mkdir()
    subprocess.run([str(harness.BIN / "sealhall"), "backup", str(backups / "copy"), "--data", str(server.data),
                    *on_database, *(["--with-bucket"] if bucket else []), "--encrypt-to", new_key.stdout.strip()], check=True, capture_output=True, timeout=60)

    # Logs and standard output of the server; those of the clients are on somebody else's machine.
    logs = [p for p in world.folder.glob("server-*.log")]
    places = [server.data, temporary, backups, *logs, *([database.data] if database else [])]
    blobs = server.data
    if bucket:
        blobs = world.folder / "bucket"
        places.append(blobs)
        for name in bucket.names():
            (blobs / name).parent.mkdir(parents=True, exist_ok=True)
            (blobs / name).write_bytes(bucket.content(name))

    def ask(sql: str) -> list[str]:
        if database:
            return database.ask(sql)
        with contextlib.closing(sqlite3.connect(f"file:{server.data / 'accounts.sqlite'}?mode=ro", uri=True)) as kept:
            return [str(row[0]) for row in kept.execute(sql)]

    lessons = int(ask("SELECT count(*) FROM bbb_meetings")[0])
    waiting_mails = int(ask("SELECT count(*) FROM mail_outbox")[0])
    waiting_hooks = set(ask("SELECT DISTINCT event FROM webhook_deliveries"))
    kinds = set(ask("SELECT DISTINCT kind FROM activity_records"))
    # Nothing is searched that is not there.
    check(lessons == 1, f"{lessons} lessons are kept")
    check(waiting_mails > 0, "no mail waits in the outbox")
    check({"meeting.created", "meeting.registration_created", "meeting.chat_message_sent"} <= waiting_hooks, f"told to programs is only {waiting_hooks}")
    check({"chat", "poll", "question", "board", "report", "consent"} <= kinds, f"kept are only {kinds}")
    check(any((blobs / ("files" if bucket else "blobs/files")).iterdir()), "there is no file in the blob store")
    check(any(p.stat().st_size > 4096 for p in (blobs / "recordings").rglob("*") if p.is_file()), "nothing was recorded")
    while_running = search(places, words)
    server.process.stop()
    after = search(places, words)
    world.note("words planted", len(words))
    world.note("bytes searched", sum(p.stat().st_size for f in places for p in (f.rglob("*") if f.is_dir() else [f]) if p.is_file()))
    never(while_running or after, "readable on the disk:\n  " + "\n  ".join((while_running + after)[:40]))

    # The search is worth something only if it can find: in a row of the database, in its WAL, in a file, in each form.
    if database:
        # Several rows: the log of writes is in pages of 8 KiB, and the head of a page may lie in the middle of one of them (seen: one of a hundred).
        rows = ", ".join(f"('{words[0]}')" for _ in range(5))
        database.ask(f"CREATE TABLE forgotten(text TEXT); INSERT INTO forgotten VALUES {rows}")
        hits = search([database.data], words)
        check(any("pg_wal" in hit for hit in hits), f"a row of PostgreSQL was not found in its log of writes, only {hits}")
        return
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
