"""A signalling socket for measurements: TLS and WebSocket frames over bare bytes, since the client is slower than what it measures."""
import base64
import json
import os
import pathlib
import socket
import ssl
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

import keys  # noqa: E402

HPKE = keys.HpkeRecipient()  # nobody here reads media: one key for all


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cpu_microseconds(pid: int) -> float:
    return sum(int(stat.read_text().split()[0]) for stat in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1000


def resident_kib(pid: int) -> int:
    return next(int(line.split()[1]) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))


class Socket:
    def __init__(self, server, context: ssl.SSLContext, come_from: str = "127.0.0.1"):
        plain = socket.create_connection(("127.0.0.1", server.port), 20, source_address=(come_from, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls = context.wrap_socket(plain, server_hostname="127.0.0.1")
        self.tls.sendall((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.tls.recv(65536)
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        if b" 101 " not in head:
            raise SystemExit(head.decode(errors="replace"))

    def send(self, *messages: dict, opcode: int = 1) -> None:
        out = b""
        for message in messages:
            data = json.dumps(message).encode() if opcode == 1 else message
            size = struct.pack("!BB", 0x80 | opcode, 0x80 | len(data)) if len(data) < 126 else struct.pack("!BBH", 0x80 | opcode, 0xFE, len(data))
            out += size + bytes(4) + data  # a mask of zeros leaves the bytes as they are
        self.tls.sendall(out)

    def receive(self) -> list[dict]:
        """The messages of what has come, at least one; pings are answered."""
        found = []
        while not found:
            data = self.tls.recv(262144)
            if not data:
                raise SystemExit("the server closed a socket")
            self.rest += data
            found = self._messages()
        return found

    def _messages(self) -> list[dict]:
        found = []
        while len(self.rest) >= 2:
            opcode, size, at = self.rest[0] & 15, self.rest[1] & 127, 2
            if size == 126:
                size, at = int.from_bytes(self.rest[2:4], "big"), 4
            elif size == 127:
                size, at = int.from_bytes(self.rest[2:10], "big"), 10
            if len(self.rest) < at + size:
                break
            data, self.rest = self.rest[at:at + size], self.rest[at + size:]
            if opcode == 1:
                found.append(json.loads(data))
            elif opcode == 9:
                self.send(data, opcode=10)
            elif opcode == 8:
                raise SystemExit(f"the server closed a socket: {data[2:].decode(errors='replace')}")
        return found

    def answer_pings(self) -> None:
        """What has come without waiting for more."""
        self.tls.setblocking(False)
        try:
            while data := self.tls.recv(65536):
                self.rest += data
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        finally:
            self.tls.setblocking(True)
        self._messages()

    def join(self, meeting: str, name: str, token: str | None = None) -> "Socket":
        self.send({"type": "join", "meeting_id": meeting.rsplit("/j/", 1)[-1].split("?")[0], "name": name, "client": "native",
                   "hpke_public_key": b64(HPKE.public), "sender_nonce": b64(os.urandom(16)), "audio_slots": 8, "video_slots": 4,
                   "transport": {"ice_ufrag": "benc", "ice_password": "benchbenchbenchbench22",
                                 "dtls_fingerprint": "sha-256 " + ":".join(["AB"] * 32), "candidates": []}, **({"token": token} if token else {})})
        while True:
            for message in self.receive():
                if message["type"] == "joined":
                    return self
                if message["type"] == "error":
                    raise SystemExit(f"joining: {message}")
