"""Keys and backups, with the commands that an operator has."""
import os
import re
import shutil
import signal
import subprocess

import harness
from harness import Server, World, check, scenario, wait_until


def sealhall(*words, stdin: str = "", ok: bool = True) -> str:
    done = subprocess.run([str(harness.BIN / "sealhall"), *map(str, words)], input=stdin, text=True, capture_output=True, timeout=120)
    check((done.returncode == 0) == ok, f"sealhall {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def with_keys(server: Server) -> Server:
    """Waits until the key service has made its files."""
    wait_until("the keystore", lambda: (server.data / "keys/keystore").exists(), 20)
    wait_until("the first keys", lambda: "version 1" in sealhall("keys", "list", "--data", server.data), 20)
    return server


@scenario("keys are listed, rotated with progress and destroyed; the audit log is checked, and an edit in it is found")
def keys_by_command(world: World):
    server = with_keys(Server(world).start().set_up())
    server.create_meeting("A sealed topic")
    sealhall("keys", "rotate", "--data", server.data)
    listed = sealhall("keys", "list", "--data", server.data)
    check("version 2" in listed, listed)
    sealhall("keys", "rotate", "--retire", "--data", server.data)
    wait_until("the old versions to be destroyed", lambda: "destroyed" in sealhall("keys", "list", "--data", server.data), 20)
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
    head = sealhall("audit", "head", "--data", server.data).strip()
    check("is whole" in sealhall("audit", "verify", "--data", server.data, "--expect", head), "verify")
    key = next(line.split()[1] for line in listed.splitlines() if line.startswith("key "))
    check("--yes" in sealhall("keys", "destroy", key, "--data", server.data, ok=False), "destroy without --yes")
    check("ok" in sealhall("doctor", "--data", server.data), "doctor")
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
        check(b"Back from paper" not in (world.folder / part).read_bytes(), f"{part} can be read")
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
