"""Bad input at every door: it gets a clear error, costs bounded memory, and disturbs nobody."""
import os
import pathlib
import random
import socket
import ssl
import threading
import time

import media
from harness import Server, check, scenario, wait_until
from udp_relay import UdpRelay

ALONE = True  # measures in real time: nothing runs beside it


def memory_kib(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


@scenario("10,000 malformed datagrams a second beside a ten-person meeting add under 0.5 % loss, and nothing is answered")
def flood(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Flood")
    load = server.load(meeting, participants=10, seconds=26)
    wait_until("the ten to be in", lambda: load.last().get("joined") == 10, 20)
    received = [0]
    stop = threading.Event()
    rng = random.Random(7)
    shapes = [os.urandom(n) for n in (1, 12, 40, 200, 1200)] + [
        b"\x00\x01\x00\x08\x21\x12\xa4\x42" + os.urandom(20), b"\x00\x01\xff\xff\x21\x12\xa4\x42" + os.urandom(12),
        b"\x16\xfe\xfd" + os.urandom(60), b"\x80\x60" + os.urandom(1100), b"\x80\xc8\x00\xff" + os.urandom(40), b"\x40\x00\x00\x04abcd"]

    def shoot() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setblocking(False)
            end = time.monotonic() + 10
            sent = 0
            start = time.monotonic()
            while time.monotonic() < end and not stop.is_set():
                due = int((time.monotonic() - start) * 10_000)
                while sent < due:
                    try:
                        s.sendto(shapes[rng.randrange(len(shapes))], ("127.0.0.1", server.udp_port))
                    except OSError:
                        pass
                    sent += 1
                try:
                    while True:
                        received[0] += len(s.recv(2048))
                except BlockingIOError:
                    pass
                time.sleep(0.001)
            world.note("malformed datagrams sent", sent)
    before = load.last()
    shooter = threading.Thread(target=shoot)
    shooter.start()
    shooter.join()
    stop.set()
    wait_until("one more line of statistics", lambda n=len(load.stats()): len(load.stats()) > n + 1, 5)
    after = load.last()
    expected = after["packets_expected"] - before["packets_expected"]
    lost = after["packets_lost"] - before["packets_lost"]
    world.note("during the flood", {"expected": expected, "lost": lost, "answered_bytes": received[0],
                                    "rss_kib": memory_kib(server.children("media")[0])})
    check(expected > 1000, f"the meeting had traffic: {expected}")
    check(lost / expected < 0.005, f"{lost} of {expected} packets were lost")
    check(received[0] == 0, f"{received[0]} bytes were answered to strangers")
    check(load.wait(40) == 0, load.errors()[-500:])


@scenario("a stranger's STUN request never gets more bytes than it sent")
def amplification(world):
    server = Server(world).start()
    server.set_up().create_meeting("Amplification")
    rng = random.Random(3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.05)
        for _ in range(300):
            body = rng.randbytes(rng.randrange(0, 200) & ~3)
            request = b"\x00\x01" + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + rng.randbytes(12) + body
            s.sendto(request, ("127.0.0.1", server.udp_port))
            try:
                answer = s.recv(4096)
            except TimeoutError:
                continue
            check(len(answer) <= len(request), f"{len(answer)} bytes for {len(request)}")


def tls(server) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(server.ca))
    return context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 10), server_hostname="127.0.0.1")


def exchange(server, data: bytes, seconds: float = 30.0) -> bytes:
    with tls(server) as s:
        s.settimeout(seconds)
        try:
            s.sendall(data)
            out = b""
            while chunk := s.recv(65536):
                out += chunk
                if len(out) > 1 << 20:
                    break
            return out
        except (TimeoutError, ssl.SSLError, ConnectionError):
            return out if "out" in dir() else b""


@scenario("oversized, broken and slow HTTP gets a clear error and costs bounded memory")
def bad_http(world):
    server = Server(world).start()
    pid = server.children("control")[0]
    before = memory_kib(pid)
    host = b"Host: 127.0.0.1\r\nConnection: close\r\n"
    cases = {
        "no HTTP at all": (b"\x80\x80hello\r\n\r\n", (b"400",)),
        "a bad version": (b"GET / HTTP/9.9\r\n" + host + b"\r\n", (b"400", b"505")),
        "a long target": (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + host + b"\r\n", (b"414", b"431", b"400")),
        "long headers": (b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 100_000 + b"\r\n\r\n", (b"431", b"400")),
        "many headers": (b"GET / HTTP/1.1\r\n" + host + b"X: y\r\n" * 20_000 + b"\r\n", (b"431", b"400")),
        "a huge body": (b"POST /api/sign-in HTTP/1.1\r\n" + host + b"Content-Length: 99999999999\r\n\r\n", (b"413", b"400")),
        "two lengths": (b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", (b"400",)),
        "an unknown page": (b"GET /nothing/here HTTP/1.1\r\n" + host + b"\r\n", (b"404", b"401")),
        "an unknown coding": (b"POST / HTTP/1.1\r\n" + host + b"Transfer-Encoding: gzip\r\n\r\n", (b"501", b"400")),
    }
    for name, (request, statuses) in cases.items():
        answer = exchange(server, request, 10)
        status = answer.split(b" ")[1] if answer.startswith(b"HTTP/1.1 ") else answer[:40]
        world.note(name, status.decode(errors="replace"))
        check(status in statuses, f"{name}: {answer[:200]}")
        check(b'"message"' in answer, f"{name}: the error says what is wrong: {answer[:400]}")
    slow = [tls(server) for _ in range(30)]
    for s in slow:
        s.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    check(server.request("GET", "/healthz")[0] == 200, "others are served meanwhile")
    grown = memory_kib(pid) - before
    world.note("memory that control grew by, KiB", grown)
    check(grown < 64_000, f"control grew by {grown} KiB")
    for s in slow:
        s.settimeout(60)
    answer = slow[0].recv(4096)
    check(answer == b"" or b"408" in answer, f"a slow request is ended: {answer[:100]}")
    for s in slow:
        s.close()


@scenario("broken WebSocket frames and messages end with a close code or a clear error, and others do not notice")
def bad_websocket(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("WebSocket")
    upgrade = (b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
    mask = lambda payload: bytes(4) + payload  # noqa: E731: the mask is zero
    frames = {
        "an unmasked frame": b"\x81\x02hi",
        "a reserved bit": b"\xc1\x82" + mask(b"hi"),
        "a huge length": b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + mask(b"x" * 100),
        "a text that is no UTF-8": b"\x81\x82" + mask(b"\xff\xfe"),
        "a fragmented ping": b"\x09\x82" + mask(b"hi"),
        "an unknown opcode": b"\x83\x82" + mask(b"hi"),
        "no JSON": b"\x81\x85" + mask(b"hello"),
        "deep JSON": b"\x81\xfe\x27\x10" + mask(b"[" * 10_000),
        "a message before join": b"\x81\x90" + mask(b'{"type":"leave"}'),
    }
    for name, frame in frames.items():
        answer = exchange(server, upgrade + frame, 5)
        check(answer.startswith(b"HTTP/1.1 101"), f"{name}: {answer[:200]}")
        rest = answer.split(b"\r\n\r\n", 1)[1]
        world.note(name, rest[:90].decode(errors="replace"))
        check(rest[:1] in (b"\x88", b"\x81"), f"{name}: neither a close nor an error: {rest[:50]}")
    check(server.request("GET", "/healthz")[0] == 200, "the server is well")
    check(meeting, "there is a meeting")


@scenario("a packet that is sent again from another address reaches nobody and moves nobody")
def foreign_address(world):
    server = Server(world, behind_relay=True).start()
    relay = world.keep(UdpRelay(server.relay_address, ("127.0.0.1", server.udp_port)))
    meeting = server.set_up().create_meeting("Address")
    clip = world.folder / "clip.mkv"
    media.write_clip(clip, 6, media.speech(6))
    clients = [server.join(meeting, n, "--audio", clip, "--video", clip, "--loop", "--duration", "25") for n in ("Ada", "Blaise")]
    for client in clients:
        wait_until(f"{client.name} to see the other", lambda c=client: c.remote_with_frames(), 15)
    relay.capture = []
    wait_until("packets to send again", lambda: len(relay.capture) > 300, 10)
    captured, relay.capture = relay.capture, None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.3)
        for data in captured:
            if data and not data[0] < 4:
                s.sendto(data, ("127.0.0.1", server.udp_port))
        try:
            check(False, f"an answer to a stranger: {s.recv(2048)[:20]}")
        except TimeoutError:
            pass
    at = [c.last()["remotes"][0]["frames_decoded"] for c in clients]
    for client, n in zip(clients, at):
        wait_until("the meeting to go on", lambda c=client, n=n: c.last()["remotes"][0]["frames_decoded"] > n + 30, 10)
    counters = server.media_counters()
    world.note("media worker", counters)
    check(counters["dropped_unknown_address"] > 0, str(counters))
