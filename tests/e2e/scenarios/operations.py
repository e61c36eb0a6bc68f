"""What an administrator does to a server, and what must survive it."""
import os
import signal
import socket
import ssl
import subprocess

import media
from harness import BIN, Client, Server, World, check, lives, scenario, wait_until
from witness import Witness


def two_in_a_meeting(world: World, server: Server, duration: int = 60):
    meeting = server.set_up().create_meeting("Operations")
    clip = media.talking_clip(world.folder)
    clients = [server.join(meeting, n, "--audio", clip, "--video", clip, "--loop", "--duration", str(duration)) for n in ("Ada", "Blaise")]
    for client in clients:
        wait_until(f"{client.name} to see the other", lambda c=client: c.remote_with_frames(), 20)
    return meeting, clients


def goes_on(clients, seconds: float = 20.0) -> None:
    """Every client decodes fresh frames of everybody else."""
    for client in clients:
        start = len(client.stats())

        def fresh(c=client, at=start):
            recent = c.stats()[at:]
            return len(recent) >= 3 and recent[-1]["remotes"] and all(
                r["frames_decoded"] > q["frames_decoded"] for r, q in zip(recent[-1]["remotes"], recent[-2]["remotes"]))
        wait_until(f"{client.name} to get fresh frames", fresh, seconds)


@scenario("kill -9 of media, kms or control: the child comes back and the meeting goes on by itself", long=True)
def killed_children(world):
    server = Server(world, workers=2).start()
    _, clients = two_in_a_meeting(world, server, 120)
    for role in ("media", "kms", "control"):
        before = server.children(role)
        generation = clients[0].last()["generation"]
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(f"{role} to come back", lambda r=role, b=before: len(server.children(r)) == len(b) and not set(server.children(r)) & set(b), 10)
        goes_on(clients)
        if role == "kms":
            for client in clients:
                wait_until("a new generation", lambda c=client, g=generation: c.last()["generation"] != g, 10)
    for client in clients:
        check(client.running(), f"{client.name} did not end: {client.errors()[-500:]}")


@scenario("SIGTERM ends meetings politely: people are told, everything ends by itself, no child is left")
def polite_end(world):
    server = Server(world).start()
    meeting, clients = two_in_a_meeting(world, server)
    witness = world.keep(Witness(server, meeting))
    wait_until("the witness to be in", lambda: witness.active)
    children = [p for role in ("media", "kms", "control", "recorder", "composer") for p in server.children(role)]
    check(len(children) == 5, f"five children: {children}")
    code = server.process.stop(8)
    check(code == 0, f"the server ended with {code}: {server.process.errors()[-500:]}")
    wait_until("the witness to be told", lambda: witness.of_type("ended"), 3)
    check(witness.of_type("ended")[0]["reason"] == "server_stopping", str(witness.of_type("ended")))
    for pid in children:
        check(not lives(pid), f"child {pid} is left")


@scenario("after a restart of the whole server the same clients are in the same meeting again by themselves")
def server_restart(world):
    server = Server(world).start()
    _, clients = two_in_a_meeting(world, server, 90)
    children = [p for role in ("media", "kms", "control", "recorder", "composer") for p in server.children(role)]
    check(len(children) == 5, f"five children: {children}")
    server.process.popen.kill()
    server.process.popen.wait()
    wait_until("the children of a killed supervisor to end", lambda: not any(lives(p) for p in children), 10)
    server.start()
    goes_on(clients, 30)


@scenario("`sealhall load` makes its meetings itself and fills each of them, and what is said in one is heard in that one only")
def load_in_meetings(world):
    server = Server(world).start().set_up()
    load = world.process("load", [str(BIN / "sealhall"), "load", "--server", server.url, "--token", server.token, "--ca", str(server.ca),
                                  "--meetings", "2", "--participants", "3", "--duration", "8"], Client)
    first = wait_until("all six to be in", lambda: next((line for line in load.stats() if line["joined"] == 6), None), 30)

    def running() -> dict:
        status, answer = server.request("GET", "/api/live-meetings")
        check(status == 200, f"{status} {answer}")
        return {m["topic"]: m["participants"] for m in answer["meetings"]}
    wait_until("three in each of two meetings", lambda: running() == {"Load 1": 3, "Load 2": 3}, 10)
    check(load.wait(40) == 0, load.errors()[-500:])
    result = load.last()
    expected = result["packets_expected"] - first["packets_expected"]
    seconds = result["t"] - first["t"]
    world.note("heard", {"seconds": seconds, "packets": expected, "lost": result["packets_lost"]})
    check(result["type"] == "load_result" and result["participants"] == 6 and result["joined"] == 6 and result["ended"] == 0, f"all six to the end: {result}")
    check(seconds >= 7, f"it measured {seconds} s: {result}")
    # In each meeting three people hear two others, 50 packets a second each: 600. All six in one meeting would hear twice as much.
    check(400 <= expected / seconds <= 700, f"{expected / seconds:.0f} packets a second were sent to the six: {result}")
    check(result["decrypt_failures"] == 0 and result["reconnects"] == 0, f"{result}")


@scenario("a certificate for another name, or of an unknown authority, is refused with a reason")
def wrong_certificate(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Certificate")
    other = Server(world, "other").start()
    client = server.join(meeting, "Ada", "--duration", "5", ca=other.ca)
    check(client.wait(15) != 0, "it must not join")
    check("authority" in client.errors(), f"the reason is said: {client.errors()}")
    # A certificate of the right authority for a host that is not ours.
    folder = world.folder / "foreign"
    folder.mkdir()
    run = lambda *c: subprocess.run(c, check=True, capture_output=True, cwd=folder)  # noqa: E731
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k.pem", "-out", "c.pem",
        "-days", "10", "-subj", "/CN=elsewhere.example", "-addext", "subjectAltName=DNS:elsewhere.example")
    foreign = Server(world, "foreign-server", extra=["--cert", str(folder / "c.pem"), "--key", str(folder / "k.pem")])
    foreign.ca_override = folder / "c.pem"
    foreign.check_name = False
    foreign.start()
    client = foreign.join(meeting.replace(server.url, foreign.url), "Ada", "--duration", "5", ca=folder / "c.pem")
    check(client.wait(15) != 0, "it must not join")
    check("elsewhere.example" in client.errors(), f"the reason names both: {client.errors()}")


@scenario("TLS 1.1 and weak suites are refused; TLS 1.2 and 1.3 are spoken")
def tls_versions(world):
    server = Server(world).start()

    def tries(*arguments) -> bool:
        done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", str(server.ca), *arguments],
                              input=b"", capture_output=True, timeout=10)
        return b"Verify return code: 0" in done.stdout and b"Cipher is (NONE)" not in done.stdout
    check(tries("-tls1_3"), "TLS 1.3")
    check(tries("-tls1_2"), "TLS 1.2")
    check(not tries("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"), "TLS 1.1 is refused")
    for weak in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA"):
        check(not tries("-tls1_2", "-cipher", f"{weak}:@SECLEVEL=0"), f"{weak} is refused")


@scenario("SIGHUP loads a new certificate without a restart")
def certificate_reload(world):
    folder = world.folder / "own"
    folder.mkdir()

    def make(days: str) -> None:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "k.pem", "-out",
                        "c.pem", "-days", days, "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
                       check=True, capture_output=True, cwd=folder)
    make("30")
    server = Server(world, extra=["--cert", str(folder / "c.pem"), "--key", str(folder / "k.pem")])
    server.ca_override = folder / "c.pem"
    server.start()
    shown = lambda: ssl.get_server_certificate(("127.0.0.1", server.port))  # noqa: E731
    first, processes = shown(), server.children("control")
    make("60")
    server.process.popen.send_signal(signal.SIGHUP)
    wait_until("the new certificate to be shown", lambda: shown() != first, 10)
    check(processes and server.children("control") == processes, f"by the same process: {processes}, {server.children('control')}")


@scenario("a port that is taken and a folder that cannot be written are explained")
def start_problems(world):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        process = world.process("taken", [str(BIN / "sealhall"), "serve", "--data", str(world.folder / "data"), "--listen", f"127.0.0.1:{port}"])
        check(process.wait(20) != 0, "it must not start")
        check(str(port) in process.errors(), f"the port is named: {process.errors()}")
    process = world.process("folder", [str(BIN / "sealhall"), "serve", "--data", "/proc/nowhere", "--listen", "127.0.0.1:1"])
    check(process.wait(20) != 0, "it must not start")
    check("/proc/nowhere" in process.errors(), f"the folder is named: {process.errors()}")
