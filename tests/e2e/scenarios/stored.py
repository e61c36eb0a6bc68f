"""Keys and backups, with the commands that an operator has."""
import contextlib
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import threading

import harness
import postgres
from harness import Server, World, check, never, scenario, wait_until
from recorded import meeting_id
from recording import fetch, small_recording


def sealhall(*words, stdin: str = "", ok: bool = True) -> str:
    done = subprocess.run([str(harness.BIN / "sealhall"), *map(str, words)], input=stdin, text=True, capture_output=True, timeout=120)
    check((done.returncode == 0) == ok, f"sealhall {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def with_keys(server: Server) -> Server:
    """Waits until the key service has made its files."""
    wait_until("the keystore", lambda: (server.data / "keys/keystore").exists(), 20)
    wait_until("the first keys", lambda: "version 1" in sealhall("keys", "list", "--data", server.data), 20)
    return server


def without_what_it_remembers(server: Server) -> None:
    """Another control process: what it opens from now on, kms has opened for it."""
    before = server.children("control")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until("control to be back", lambda: server.children("control") not in ([], before) and server.healthy(), 30)


class Kept:
    """A topic, a line of chat, a file and a recording, sealed on a server's disk."""

    def __init__(self, world: World):
        self.world = world
        self.server, _, entry = small_recording(world)
        self.film = next(f for f in entry["meeting"]["recording_files"] if f["file_type"] == "MP4")["id"]
        self.whole = self.played()[1]
        self.texts = ["A sealed line"]
        self.link = self.plan("A sealed topic")
        self.source = world.folder / "sealed.txt"
        self.source.write_bytes(b"sealed content\n" * 10_000)
        # Somebody stays, so that the meeting is the same one afterwards.
        stays = self.server.join(self.link, "Stays", host=True, stdin=True)
        wait_until("the host to be in", lambda: stays.last().get("state") == "joined", 20)
        stays.say("A sealed line")
        stays.say(f"/send {self.source}")
        wait_until("the file", lambda: stays.reads("A sealed line") and any(m["files"] for m in stays.chat().values()), 30)

    def plan(self, topic: str) -> str:
        self.texts.append(topic)
        return self.server.create_meeting(topic)

    def played(self) -> tuple[int, bytes]:
        status, _, content = fetch(self.server, f"/rec/download/{self.film}")
        return status, content

    def topic_and_chat(self) -> str:
        return str(self.server.request("GET", "/api/meetings")) + str(self.server.request("GET", f"/api/meetings/{meeting_id(self.link)}/chat"))

    def opens(self, when: str) -> None:
        without_what_it_remembers(self.server)
        wait_until(f"topic and chat to open {when}", lambda: all(text in self.topic_and_chat() for text in self.texts), 30)
        status, content = self.played()
        check(status == 200 and content == self.whole and content, f"the recording {when}: {status}")
        comer = None

        def there():
            nonlocal comer
            if comer is None or not comer.running():
                comer = self.server.join(self.link, f"Comes {when}", host=True, stdin=True)
            return any(m["files"] for m in comer.chat().values())
        wait_until(f"the file to be in the chat {when}", there, 40)
        saved = self.world.folder / f"saved {when}.txt".replace(" ", "-")
        comer.say(f"/get {next(m['files'][0]['file'] for m in comer.chat().values() if m['files'])} {saved}")
        wait_until(f"the file to be saved {when}", lambda: "Saved as" in comer.errors(), 30)
        check(saved.read_bytes() == self.source.read_bytes(), f"the file {when}")
        comer.stop()


@scenario("keys are listed, rotated and destroyed: what was sealed opens after each rotation and never after its key; the audit log is checked")
def keys_by_command(world: World):
    kept = Kept(world)
    server = with_keys(kept.server)
    done = sealhall("keys", "rotate", "--data", server.data)
    again = re.search(r"(\d+) data keys wrapped again, 0 to go", done)
    check(again and int(again.group(1)) > 0, f"a rotation says what it has done: {done}")
    listed = sealhall("keys", "list", "--data", server.data)
    check("version 2" in listed, listed)
    sealhall("keys", "rotate", "--retire", "--data", server.data)
    wait_until("the old versions to be destroyed", lambda: "destroyed" in sealhall("keys", "list", "--data", server.data), 20)
    kept.plan("A later topic")  # keys that lay ready are under the old version
    kept.opens("after the old versions")
    def kit_state():
        return next(c["state"] for c in server.request("GET", "/api/self-test")[1]["checks"] if c["name"] == "kit")

    check(kit_state() == "never_shown", f"the kit before: {kit_state()}")
    before = sealhall("keys", "kit", "--data", server.data)
    check(kit_state() == "shown", f"the kit: {kit_state()}")
    audit_key = re.search(r"signed by the key (\w+)", before).group(1)
    check(server.request("POST", "/api/keys/kit-check", {"audit_key": audit_key[:6].upper()})[0] == 204, "the sheet was not recognised")
    check(server.request("POST", "/api/keys/kit-check", {"audit_key": audit_key[1:8]})[0] == 400, "another sheet was taken")
    sealhall("keys", "rotate", "--root", "--data", server.data)
    check(kit_state() == "outdated", f"the kit of the root key before: {kit_state()}")
    check(sealhall("keys", "kit", "--data", server.data) != before, "a new root key, but the old kit")
    kept.plan("The latest topic")
    kept.opens("after the old root key")
    head = sealhall("audit", "head", "--data", server.data).strip()
    check("is whole" in sealhall("audit", "verify", "--data", server.data, "--expect", head), "verify")
    keys = [line.split()[1] for line in sealhall("keys", "list", "--data", server.data).splitlines() if line.startswith("key ")]
    check("--yes" in sealhall("keys", "destroy", keys[0], "--data", server.data, ok=False), "destroy without --yes")
    check("ok" in sealhall("doctor", "--data", server.data), "doctor")
    for key in keys:
        sealhall("keys", "destroy", key, "--with-content", "--yes", "--data", server.data)
    without_what_it_remembers(server)
    with_keys(server)
    wait_until("the recording to be gone for good", lambda: kept.played()[0] == 410, 20)
    check(not any(text in kept.topic_and_chat() for text in kept.texts), "opened without its key")
    server.process.stop()

    log = server.data / "keys/audit.log"
    text = log.read_text()
    check('"what":"show_recovery_kit"' in text, "that the kit was shown is not in the audit log")
    log.write_text(text.replace('"who":"control"', '"who":"recorder"', 1))
    check("was changed" in sealhall("audit", "verify", "--data", server.data, ok=False), "an edit was not found")
    log.write_text("".join(text.splitlines(keepends=True)[:-2]))
    check("end is missing" in sealhall("audit", "verify", "--data", server.data, ok=False), "a cut was not found")
    log.write_text(text)
    sealhall("audit", "verify", "--data", server.data)


@scenario("a backup made while the server runs, and the recovery kit, bring everything back on a blank machine")
def back_from_paper(world: World):
    server = with_keys(Server(world).start().set_up())
    server.create_meeting("Back from paper")
    recipient = sealhall("backup", "--new-key", world.folder / "backup.key").splitlines()[0]
    kit = sealhall("keys", "kit", "--data", server.data)
    sealhall("backup", world.folder / "copy", "--data", server.data, "--encrypt-to", recipient)
    for part in ("copy", "copy.keys"):
        never(b"Back from paper" in (world.folder / part).read_bytes(), f"{part} can be read")
    server.process.stop()
    shutil.rmtree(server.data)

    other = Server(world, "other")
    sealhall("restore", world.folder / "copy", "--data", other.data, "--key", world.folder / "backup.key")
    check("sealhall keys recover" in sealhall("doctor", "--data", other.data, ok=False), "doctor")
    sealhall("keys", "recover", "--data", other.data, stdin="nonsense", ok=False)
    sealhall("keys", "recover", "--data", other.data, stdin=kit)
    other.start()
    other.token = server.token
    with_keys(other)
    status, answer = other.request("GET", "/api/meetings")
    check(status == 200 and "Back from paper" in str(answer), f"{status} {answer}")
    sealhall("keys", "list", "--data", other.data)
    sealhall("audit", "verify", "--data", other.data)


@scenario("everything of a database goes to PostgreSQL and back by export and import, and is read there")
def moved_by_command(world: World):
    server = with_keys(Server(world).start().set_up())
    server.create_meeting("A topic that moves")
    first = server.data / "accounts.sqlite"

    def reads(where: str) -> None:
        wait_until(f"the topic to be read from {where}", lambda: "A topic that moves" in str(server.request("GET", "/api/meetings")), 20)

    server.process.stop()
    sealhall("export", first, world.folder / "first.export")
    never(b"A topic that moves" in (world.folder / "first.export").read_bytes(), "the export can be read")
    database = world.keep(postgres.Postgres())
    sealhall("import", world.folder / "first.export", database.url)
    first.rename(world.folder / "before.sqlite")
    for rest in ("accounts.sqlite-wal", "accounts.sqlite-shm"):
        (server.data / rest).unlink(missing_ok=True)
    server.extra = ["--database", database.url]
    server.start()
    reads("PostgreSQL")
    server.create_meeting("Made on PostgreSQL")
    server.process.stop()
    check(not first.exists(), "the server has used SQLite")
    sealhall("export", database.url, world.folder / "second.export")
    sealhall("import", world.folder / "second.export", first)
    server.extra = []
    server.start()
    reads("SQLite")
    wait_until("what was made on PostgreSQL", lambda: "Made on PostgreSQL" in str(server.request("GET", "/api/meetings")), 20)


@scenario("config check names the line of a mistake; upgrade --check says what a start would change, and that a later version was here")
def looked_at_first(world: World):
    settings = world.folder / "sealhall.toml"
    settings.write_text('listen = "127.0.0.1:8443"\nworkers = 1\n')
    check("is good" in sealhall("config", "check", settings, "--data", world.folder / "data"), "a good file")
    for third, said in (("workesr = 1", 'Did you mean "workers"?'), ("listen = 7", "wrong kind of value"), ("listen = ]", "")):
        settings.write_text(f"api_rate = 1000\n\n{third}\n")
        answer = sealhall("config", "check", settings, "--data", world.folder / "data", ok=False)
        check("line 3: " in answer and said in answer, f"what is wrong with '{third}': {answer}")
    server = Server(world)
    check("nothing to upgrade" in sealhall("upgrade", "--check", "--data", server.data), "without a database")
    server.start().process.stop()
    check("nothing has to be changed" in sealhall("upgrade", "--check", "--data", server.data), "with one of this version")
    with contextlib.closing(sqlite3.connect(server.data / "accounts.sqlite")) as database, database:
        database.execute("INSERT INTO schema_steps(name) VALUES('of tomorrow')")
    check("later version" in sealhall("upgrade", "--check", "--data", server.data, ok=False), "with one of a later version")


def on_a_terminal(world: World, server: Server, name: str, last: str) -> str:
    """What a run of the server prints when its standard output is a terminal; it is ended when `last` was printed."""
    ours, theirs = pty.openpty()
    with open(world.folder / f"{name}.err.log", "wb") as errors:
        process = subprocess.Popen([str(harness.BIN / "sealhall"), "serve", "--data", str(server.data), "--listen", f"127.0.0.1:{server.port}",
                                    "--udp-port", str(server.udp_port), "--workers", "1"], stdin=subprocess.DEVNULL, stdout=theirs, stderr=errors)
    os.close(theirs)
    printed = bytearray()

    def read() -> None:
        with contextlib.suppress(OSError):  # nobody has its other end any more
            while data := os.read(ours, 65536):
                printed.extend(data)
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        wait_until(f"'{last}' on the terminal", lambda: last.encode() in printed, 60)
    finally:
        process.terminate()
        process.wait(30)
        reader.join(10)
        os.close(ours)
    return printed.decode()


@scenario("the recovery kit is printed once: by the first start, to a terminal, and never into a log")
def kit_once(world: World):
    server = Server(world)
    first = on_a_terminal(world, server, "first", "The audit log is signed by the key")
    second = on_a_terminal(world, server, "second", "Stop it with Ctrl-C.")
    kit = sealhall("keys", "kit", "--data", server.data)
    code = [line for line in kit.splitlines() if re.fullmatch(r"([0-9A-Z]{6} ){6}[0-9A-Z]{6}", line)]
    check(len(code) == 2, f"the lines of the kit: {len(code)}")
    check(all(line in first.splitlines() for line in code), f"the first start does not print the kit:\n{first[:400]}")
    check("recovery kit" not in second and not any(line in second for line in code), "the second start speaks of the kit again")
    other = Server(world, "other").start()
    wait_until("the command that prints it", lambda: any("sealhall keys kit" in line for line in other.process.lines), 20)
    code = [line for line in sealhall("keys", "kit", "--data", other.data).splitlines() if re.fullmatch(r"([0-9A-Z]{6} ){6}[0-9A-Z]{6}", line)]
    other.process.stop()
    logs = "".join(p.read_text(errors="replace") for p in world.folder.glob("other-*.log"))
    check(len(code) == 2 and logs, "nothing to look for, or nowhere to look")
    never(any(line in logs for line in code), "the kit is in a log")


@scenario("a key service that cannot open its keys says so and lets meetings go on")
def without_root_key(world: World):
    server = with_keys(Server(world).start().set_up())
    os.rename(server.data / "keys/root.key", world.folder / "root.key")
    os.kill(server.children("kms")[0], signal.SIGKILL)
    wait_until("kms to be asked and refuse", lambda: "key service" in subprocess.run(
        [str(harness.BIN / "sealhall"), "keys", "list", "--data", str(server.data)], text=True, capture_output=True).stderr, 20)
    check("sealhall keys recover" in sealhall("doctor", "--data", server.data, ok=False), "doctor")
    os.rename(world.folder / "root.key", server.data / "keys/root.key")
    for pid in server.children("kms"):
        os.kill(pid, signal.SIGKILL)
    wait_until("keys to be back", lambda: "version 1" in subprocess.run(
        [str(harness.BIN / "sealhall"), "keys", "list", "--data", str(server.data)], text=True, capture_output=True).stdout, 20)
