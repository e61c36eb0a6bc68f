"""Bad input at every door: it gets a clear error, costs bounded memory, and disturbs nobody."""
import contextlib
import hmac
import os
import pathlib
import random
import socket
import ssl
import struct
import time
import zlib

import media
from harness import Server, check, scenario, wait_until
from udp_relay import relayed_server
from witness import ICE_UFRAG, Witness

# What a hundred strangers with unfinished requests may make control hold: a buffer and the state of TLS each.
HELD_KIB = 16_000


def memory_kib(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def shoot(port: int, shapes: list[bytes], per_second: int, seconds: float) -> tuple[int, int, float]:
    """Sends from eight addresses at this rate; (datagrams that really left, bytes that came back, seconds)."""
    rng = random.Random(7)
    sent = answered = turn = 0
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(8)]
        for s in sockets:
            s.setblocking(False)
            s.connect(("127.0.0.1", port))
        start = time.monotonic()
        while (now := time.monotonic() - start) < seconds:
            for _ in range(int(now * per_second) - sent):
                turn += 1
                try:
                    sockets[turn % 8].send(shapes[rng.randrange(len(shapes))])
                except OSError:
                    break  # this one is due later, and counts when it has left
                sent += 1
            for s in sockets:
                with contextlib.suppress(OSError):
                    while True:
                        answered += len(s.recv(2048))
            time.sleep(0.001)
        return sent, answered, time.monotonic() - start


@scenario("10,000 malformed datagrams a second beside a ten-person meeting add under 0.5 % loss, and nothing is answered", alone=True)
def flood(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Flood")
    load = server.load(meeting, 10, 26, "--video-kbps", "300")
    wait_until("the ten to be in", lambda: load.last().get("joined") == 10, 20)
    wait_until("pictures to flow", lambda: load.last().get("packets_received", 0) > 10_000, 20)
    shapes = [os.urandom(n) for n in (1, 12, 40, 200, 1200)] + [
        b"\x00\x01\x00\x08\x21\x12\xa4\x42" + os.urandom(20), b"\x00\x01\xff\xff\x21\x12\xa4\x42" + os.urandom(12),
        b"\x16\xfe\xfd" + os.urandom(60), b"\x80\x60" + os.urandom(1100), b"\x80\xc8\x00\xff" + os.urandom(40), b"\x40\x00\x00\x04abcd"]

    def dropped() -> int:
        return sum(value for key, value in server.media_counters().items() if key.startswith("dropped_"))
    before, dropped_before = load.last(), dropped()
    sent, answered, seconds = shoot(server.udp_port, shapes, 10_000, 10)
    wait_until("one more line of statistics", lambda n=len(load.stats()): len(load.stats()) > n + 1, 5)
    after, arrived = load.last(), dropped() - dropped_before
    expected = after["packets_expected"] - before["packets_expected"]
    lost = after["packets_lost"] - before["packets_lost"]
    world.note("during the flood", {"sent": sent, "per_second": sent / seconds, "dropped_by_the_server": arrived, "expected": expected,
                                    "lost": lost, "answered_bytes": answered, "rss_kib": memory_kib(server.children("media")[0])})
    check(sent / seconds >= 9_500, f"that was no flood: {sent / seconds:.0f} datagrams a second left")
    check(arrived >= 0.95 * sent, f"the server saw {arrived} of {sent}")
    check(expected > 20_000, f"the meeting had traffic, pictures too: {expected}")
    check(lost / expected < 0.005, f"{lost} of {expected} packets were lost")
    check(answered == 0, f"{answered} bytes were answered to strangers")
    check(load.wait(40) == 0, load.errors()[-500:])


def binding_request(username: bytes, password: bytes | None, rng: random.Random) -> bytes:
    """An ICE check (RFC 8445 section 7.1) as RFC 8489 lays it out; without a password it has no MESSAGE-INTEGRITY."""
    transaction = rng.randbytes(12)

    def head(size: int) -> bytes:
        return b"\x00\x01" + struct.pack(">H", size) + b"\x21\x12\xa4\x42" + transaction

    def attribute(kind: int, value: bytes) -> bytes:
        return struct.pack(">HH", kind, len(value)) + value + bytes(-len(value) % 4)
    body = attribute(0x0006, username) + attribute(0x0024, struct.pack(">I", 1)) + attribute(0x802A, rng.randbytes(8))
    if password is not None:
        body += attribute(0x0008, hmac.digest(password, head(len(body) + 24) + body, "sha1"))
    return head(len(body) + 8) + body + attribute(0x8028, struct.pack(">I", zlib.crc32(head(len(body) + 8) + body) ^ 0x5354554E))


@scenario("a stranger's STUN request never gets more bytes than it sent, also when it names somebody who is in the meeting")
def amplification(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Amplification")
    witness = world.keep(Witness(server, meeting))
    wait_until("the witness to be in", lambda: witness.of_type("joined"))
    transport = witness.of_type("joined")[0]["transport"]
    name = f"{transport['ice_ufrag']}:{ICE_UFRAG}".encode()
    rng = random.Random(3)

    def rubbish() -> bytes:
        body = rng.randbytes(rng.randrange(0, 200) & ~3)
        return b"\x00\x01" + len(body).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + rng.randbytes(12) + body
    kinds = {
        "rubbish": rubbish,
        "an unknown name": lambda: binding_request(b"nobody:" + ICE_UFRAG.encode(), b"x" * 22, rng),
        "a wrong password": lambda: binding_request(name, b"x" * 22, rng),
        "no password": lambda: binding_request(name, None, rng),
        "half a name": lambda: binding_request(transport["ice_ufrag"].encode() + b":", b"x" * 22, rng),
        "the right password": lambda: binding_request(name, transport["ice_password"].encode(), rng),
    }
    answers: dict[str, int] = {}
    for kind, make in kinds.items():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.05 if kind in ("rubbish", "an unknown name") else 1.0)
            for _ in range(100):
                request = make()
                s.sendto(request, ("127.0.0.1", server.udp_port))
                try:
                    answer = s.recv(4096)
                except TimeoutError:
                    continue
                answers[kind] = answers.get(kind, 0) + 1
                check(len(answer) <= len(request), f"{kind}: {len(answer)} bytes for {len(request)}")
            s.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                check(False, f"{kind}: more came than one answer a request: {s.recv(4096)[:20]}")
    world.note("answers to 100 requests of each kind", answers)
    # Those that nobody need answer are not, and those that are answered show that answers would have been seen.
    check(not {"rubbish", "an unknown name"} & set(answers), f"strangers were answered: {answers}")
    for kind in ("a wrong password", "no password", "half a name", "the right password"):
        check(answers.get(kind, 0) >= 90, f"{kind} is answered: {answers}")


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


def two_beside(world, server):
    """Two people in a meeting; the function that comes back says whether they have noticed anything until then."""
    load = server.load(server.create_meeting("Beside"), 2, 300)
    wait_until("the two to hear each other", lambda: load.last().get("joined") == 2 and load.last()["packets_received"] > 100, 20)
    before = load.last()

    def notice_nothing() -> None:
        wait_until("one more line of statistics", lambda n=len(load.stats()): len(load.stats()) > n + 1, 5)
        after = load.last()
        expected = after["packets_expected"] - before["packets_expected"]
        lost = after["packets_lost"] - before["packets_lost"]
        world.note("the two beside it", {"seconds": after["t"] - before["t"], "expected": expected, "lost": lost})
        # Two voices, 50 packets a second each.
        check(expected > 80 * (after["t"] - before["t"]), f"they went on speaking: {expected} packets")
        check(lost <= 0.005 * expected, f"{lost} of {expected} packets were lost")
        check(after["joined"] == 2 and after["reconnects"] == before["reconnects"] and after["decrypt_failures"] == 0, f"they noticed: {after}")
    return notice_nothing


def until_closed(sockets: list[ssl.SSLSocket], seconds: float) -> list[tuple[bytes, float]]:
    """What each of them is sent until it is closed, and after how many seconds that is. Fails when one is still open at the end."""
    start = time.monotonic()
    got = {s: b"" for s in sockets}
    closed: dict[ssl.SSLSocket, float] = {}
    for s in sockets:
        s.setblocking(False)

    def all_closed() -> bool:
        for s in sockets:
            while s not in closed:
                try:
                    data = s.recv(65536)
                except (ssl.SSLWantReadError, BlockingIOError):
                    break
                except (ssl.SSLError, OSError):
                    data = b""
                got[s] += data
                if not data:
                    closed[s] = time.monotonic() - start
        return len(closed) == len(sockets)
    wait_until(f"{len(sockets)} connections to be closed", all_closed, seconds)
    return [(got[s], closed[s]) for s in sockets]


@scenario("oversized, broken and slow HTTP gets a clear error and costs bounded memory, and others do not notice", long=True)
def bad_http(world):
    server = Server(world).start().set_up()
    notice_nothing = two_beside(world, server)
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
    # Requests that never end, as much of each as a server must keep: in the middle of a header, and of a body.
    unfinished = [b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"a" * 8000] * 40 + [
        b"POST /api/sign-in HTTP/1.1\r\n" + host + b"Content-Length: 12000\r\n\r\n" + b"a" * 11_000] * 20
    slow = [world.keep(tls(server)) for _ in unfinished]
    for s, beginning in zip(slow, unfinished):
        s.sendall(beginning)
    check(server.request("GET", "/healthz")[0] == 200, "others are served meanwhile")
    grown = memory_kib(pid) - before
    world.note("memory that control grew by, KiB", grown)
    check(grown < HELD_KIB, f"control grew by {grown} KiB")
    ends = until_closed(slow, 60)
    world.note("seconds until the slow ones were closed", {"headers": max(t for _, t in ends[:40]), "bodies": max(t for _, t in ends[40:])})
    for answer, _ in ends:
        check(answer.startswith(b"HTTP/1.1 408"), f"a slow request is told so: {answer[:100]}")
    notice_nothing()


@scenario("broken, slow and unfinished WebSocket messages end with a close code or a clear error and cost bounded memory, and others do not notice", long=True)
def bad_websocket(world):
    server = Server(world).start().set_up()
    notice_nothing = two_beside(world, server)
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
        "a message of too many pieces": b"\x01\x81" + mask(b"a") + (b"\x00\x81" + mask(b"a")) * 100,
        "a message that grows too big in pieces": b"\x01\xfe\x7f\xff" + mask(b"a" * 0x7FFF) + (b"\x00\xfe\x7f\xff" + mask(b"a" * 0x7FFF)) * 2,
    }
    for name, frame in frames.items():
        answer = exchange(server, upgrade + frame, 5)
        check(answer.startswith(b"HTTP/1.1 101"), f"{name}: {answer[:200]}")
        rest = answer.split(b"\r\n\r\n", 1)[1]
        world.note(name, rest[:90].decode(errors="replace"))
        check(rest[:1] in (b"\x88", b"\x81"), f"{name}: neither a close nor an error: {rest[:50]}")
    # Who says nothing, half a frame, or most of a message that never ends.
    pid = server.children("control")[0]
    before = memory_kib(pid)
    beginnings = [b""] * 30 + [b"\x81\xfe\xea\x60" + mask(b"a" * 59_000)] * 30 + [b"\x01\xfe\xea\x60" + mask(b"a" * 60_000)] * 30
    slow = [world.keep(tls(server)) for _ in beginnings]
    for s, beginning in zip(slow, beginnings):
        s.sendall(upgrade + beginning)
    check(server.request("GET", "/healthz")[0] == 200, "others are served meanwhile")
    grown = memory_kib(pid) - before
    world.note("memory that control grew by, KiB", grown)
    check(grown < HELD_KIB, f"control grew by {grown} KiB")
    ends = until_closed(slow, 60)
    world.note("seconds until the slow ones were closed", max(t for _, t in ends))
    for answer, _ in ends:
        check(answer.startswith(b"HTTP/1.1 101") and b"not_joined" in answer, f"a slow one is told so: {answer[:300]}")
    check(server.request("GET", "/healthz")[0] == 200, "the server is well")
    notice_nothing()


def is_media(data: bytes) -> bool:
    """SRTP, and neither SRTCP nor anything of ICE or DTLS (RFC 7983, RFC 5761)."""
    return len(data) > 12 and 128 <= data[0] <= 191 and not 192 <= data[1] <= 223


@scenario("a packet that is sent again from another address, a stranger's or another participant's, reaches nobody and moves nobody")
def foreign_address(world):
    server, relay = relayed_server(world)
    meeting = server.create_meeting("Address")
    clip = media.talking_clip(world.folder)
    clients = [server.join(meeting, n, "--audio", clip, "--video", clip, "--loop", "--duration", "60") for n in ("Ada", "Blaise")]
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
    # And from the address of the other one, whom the server knows.
    relay.capture_of = {}
    wait_until("packets of both", lambda: len(relay.capture_of) == 2 and all(sum(map(is_media, of)) > 100 for of in list(relay.capture_of.values())), 15)
    of, relay.capture_of = relay.capture_of, None
    (one, by_one), (other, by_other) = of.items()
    swapped = [(other, d) for d in by_one if is_media(d)][-100:] + [(one, d) for d in by_other if is_media(d)][-100:]
    before = server.media_counters()["dropped_unauthenticated"]
    for client, data in swapped:
        relay.send_as(client, data)
    dropped = wait_until("all of them to be counted", lambda: (n := server.media_counters()["dropped_unauthenticated"] - before) >= len(swapped) and n, 10)
    world.note("sent from the other one's address", {"sent": len(swapped), "dropped": dropped})
    at = [c.last()["remotes"][0]["frames_decoded"] for c in clients]
    for client, n in zip(clients, at):
        wait_until("the meeting to go on", lambda c=client, n=n: c.last()["remotes"][0]["frames_decoded"] > n + 30, 10)
        check(client.last()["remotes"][0]["decrypt_failures"] == 0, f"no frame was disturbed: {client.last()}")
