#!/usr/bin/env python3
"""What one authorised REST read or write and one sign-in cost the real `sealhall-control`: TLS, HTTP, rights, database, JSON. Kept
connections, 16 in flight; sign-ins one after the other, as the guard against guessing wants it.

CPU of the process (/proc/PID/schedstat of all its threads), not wall time: the client here is slower than the server. The floor is
the bare TLS loop of `server_cost`, in the same run.
"""
import ctypes
import json
import pathlib
import socket
import ssl
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(pathlib.Path(__file__).resolve().parent / "parts")]

import harness  # noqa: E402
import measured  # noqa: E402
from sockets import cpu_microseconds  # noqa: E402

CONNECTIONS = 16
ROUNDS = 5  # the best one counts: the machine has other work
READS = {"rest_read_me": "/api/me", "rest_read_meetings": "/api/meetings?limit=10"}


def connect(server) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(server.ca))
    plain = socket.create_connection(("127.0.0.1", server.port), 5)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def answer(connection: ssl.SSLSocket, status: bytes = b"200") -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    if not head.startswith(b"HTTP/1.1 " + status):
        raise SystemExit(data.decode(errors="replace"))
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)


def read_cost(server, connections: list, path: str, token: str, requests: int) -> tuple[float, float]:
    """CPU microseconds each, and how many a second were answered."""
    request = (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {token}\r\n"
               "Accept: application/json\r\n\r\n").encode()
    pid, best, most = server.children("control")[0], float("inf"), 0.0
    for turn in range(ROUNDS + 1):  # the first one warms up
        before, start = cpu_microseconds(pid), time.monotonic()
        for _ in range(requests // CONNECTIONS):
            for connection in connections:
                connection.sendall(request)
            for connection in connections:
                answer(connection)
        spent = (cpu_microseconds(pid) - before) / (requests // CONNECTIONS * CONNECTIONS)
        if turn:
            best = min(best, spent)
            most = max(most, requests // CONNECTIONS * CONNECTIONS / (time.monotonic() - start))
    return best, most


def post_cost(server, connections: list, path: str, body: bytes, token: str, status: bytes, rounds: int) -> tuple[float, float]:
    """CPU microseconds each, and how many a second were acknowledged."""
    authorisation = f"Authorization: Bearer {token}\r\n" if token else ""
    request = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{authorisation}"
               f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
    pid = server.children("control")[0]
    before, start = cpu_microseconds(pid), time.monotonic()
    for _ in range(rounds):
        for connection in connections:
            connection.sendall(request)
        for connection in connections:
            answer(connection, status)
    count = rounds * len(connections)
    return (cpu_microseconds(pid) - before) / count, count / (time.monotonic() - start)


def bare_argon2id(rounds: int) -> float:
    """Sign-ins a second that nothing but the hash would allow: the cost that server/identity/password.h sets."""
    sodium = ctypes.CDLL("libsodium.so.23")
    sodium.sodium_init()
    out, password, salt = ctypes.create_string_buffer(32), harness.PASSWORD.encode(), bytes(16)
    start = time.monotonic()
    for _ in range(rounds):
        if sodium.crypto_pwhash(out, ctypes.c_ulonglong(32), password, ctypes.c_ulonglong(len(password)), salt, ctypes.c_ulonglong(2),
                                ctypes.c_size_t(64 << 20), 2) != 0:
            raise SystemExit("crypto_pwhash")
    return rounds / (time.monotonic() - start)


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    harness.BIN = arguments.bin
    requests = 1600 if arguments.quick else 8000
    with harness.World("bench-control-rest") as world:
        server = harness.Server(world, extra=["--api-rate", "1000000"]).start()
        server.set_up()
        for n in range(10):
            server.create_meeting(f"Meeting {n}")
        connections = [connect(server) for _ in range(CONNECTIONS)]
        rows = []
        for name, path in READS.items():
            cpu, rate = read_cost(server, connections, path, server.token, requests)
            rows += [{"name": name, "value": cpu, "unit": "us CPU", "floor": "floor_tls_echo", **({"limit": 25} if name == "rest_read_me" else {})},
                     {"name": f"{name}s", "value": rate, "unit": "1/s", "better": "higher"}]
        sign_in = json.dumps({"login": "admin", "password": harness.PASSWORD}).encode()
        write = post_cost(server, connections, "/api/meetings", b'{"topic":"Bench"}', server.token, b"201", 20 if arguments.quick else 100)
        rows += [{"name": "rest_write_meeting", "value": write[0], "unit": "us CPU", "floor": "floor_tls_echo"},
                 {"name": "rest_writes", "value": write[1], "unit": "1/s", "better": "higher"}]
        entry = post_cost(server, connections[:1], "/api/sign-in", sign_in, "", b"200", 5 if arguments.quick else 20)
        rows += [{"name": "sign_ins", "value": entry[1], "unit": "1/s", "better": "higher", "floor": "floor_argon2id"},
                 {"name": "floor_argon2id", "value": bare_argon2id(5 if arguments.quick else 20), "unit": "1/s", "better": "higher"}]
    rows += [row for row in measured.rows_of(arguments.bin / "server_cost", 4000, 10) if row["name"] == "floor_tls_echo"]
    return measured.write(arguments, rows)


if __name__ == "__main__":
    sys.exit(main())
