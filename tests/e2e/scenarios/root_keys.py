"""The root key behind a passphrase, and in an HSM, through the whole server."""
import os
import pathlib
import subprocess

from harness import BIN, Server, World, check, scenario, wait_until

SOFTHSM = pathlib.Path("/usr/lib/softhsm/libsofthsm2.so")


def topic(server: Server, meeting_id: str) -> tuple[int, str | None]:
    status, answer = server.request("GET", f"/api/meetings/{meeting_id}")
    return status, answer.get("topic")


def first_meeting(server: Server) -> str:
    """The key service needs its time to open the root key; until then the server says so."""
    wait_until("a meeting with a sealed topic", lambda: server.request("POST", "/api/meetings", {"topic": "Sealed by it"})[0] == 201, 20)
    return server.request("GET", "/api/meetings")[1]["meetings"][0]["id"]


def opens(server: Server, meeting_id: str) -> None:
    """What is sealed is read, and new things are sealed."""
    wait_until("the topic to be readable", lambda: topic(server, meeting_id) == (200, "Sealed by it"), 20)
    server.create_meeting("Another")


def stays_closed(server: Server, meeting_id: str, reason: str) -> None:
    """The server runs, what is sealed stays so, and the log says why."""
    wait_until("the reason in the log", lambda: reason in server.process.errors(), 15)
    status, shown = topic(server, meeting_id)
    check(status == 503 and shown is None, f"nothing sealed is shown: {status} {shown}")


def doctor(server: Server) -> subprocess.CompletedProcess:
    return subprocess.run([str(BIN / "sealhall"), "doctor", "--data", str(server.data), *server.extra[:2]], capture_output=True, text=True, timeout=60)


@scenario("a root key sealed by a passphrase: the right one opens everything after a restart, a wrong one nothing")
def passphrase(world: World) -> None:
    secret = world.folder / "passphrase"
    secret.write_text("four words on paper\n")
    server = Server(world, extra=["--passphrase-file", str(secret)]).start().set_up()
    meeting_id = first_meeting(server)
    check("argon2id" in (server.data / "keys" / "root.key").read_text(), "the root key is sealed")
    server.process.stop()
    check(doctor(server).returncode == 0, f"doctor: {doctor(server).stdout}")
    server.start()
    opens(server, meeting_id)
    server.process.stop()
    secret.write_text("three words on paper\n")
    examined = doctor(server)
    check(examined.returncode != 0 and "passphrase" in examined.stdout, f"doctor names it: {examined.stdout}")
    server.start()
    stays_closed(server, meeting_id, "passphrase is wrong")
    server.process.stop()
    secret.write_text("four words on paper\n")
    server.start()
    opens(server, meeting_id)


@scenario("a root key in an HSM (SoftHSM2): it never touches the disk, and without the right PIN nothing opens; it is rotated in the token")
def hardware_module(world: World) -> None:
    tokens = world.folder / "tokens"
    tokens.mkdir()
    configuration = world.folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    try:
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "sealhall", "--so-pin", "12345678", "--pin", "4321"],
                       check=True, capture_output=True, timeout=60)
        pin = world.folder / "pin"
        pin.write_text("4321\n")
        server = Server(world, extra=["--pkcs11-module", str(SOFTHSM), "--pkcs11-token", "sealhall", "--pkcs11-pin-file", str(pin)])
        server.start().set_up()
        meeting_id = first_meeting(server)
        check(not (server.data / "keys" / "root.key").exists(), "there is no root key on the disk")
        check((server.data / "keys" / "keystore").exists(), "the account keys are")
        server.process.stop()
        server.start()
        opens(server, meeting_id)
        # Another root key in the same token: what was sealed opens at once, and after a restart.
        rotated = subprocess.run([str(BIN / "sealhall"), "keys", "rotate", "--root", "--data", str(server.data)], capture_output=True, text=True, timeout=60)
        check(rotated.returncode == 0 and "new root key in the token" in rotated.stdout, f"rotating: {rotated}")
        opens(server, meeting_id)
        server.process.stop()
        server.start()
        opens(server, meeting_id)
        server.process.stop()
        pin.write_text("1111\n")
        server.start()
        stays_closed(server, meeting_id, "PIN")
        server.process.stop()
        pin.write_text("4321\n")
        server.start()
        opens(server, meeting_id)
        # Another token is another root key: the keystore does not open under it.
        server.process.stop()
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "other", "--so-pin", "12345678", "--pin", "4321"],
                       check=True, capture_output=True, timeout=60)
        server.extra[server.extra.index("sealhall")] = "other"
        server.start()
        stays_closed(server, meeting_id, "There is no key")
    finally:
        del os.environ["SOFTHSM2_CONF"]
