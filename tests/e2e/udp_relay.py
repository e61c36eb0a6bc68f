"""A bad network of our own: relays UDP between clients and the server with loss, delay, jitter, a rate limit, or not at all.

It stands on the address that the server announces, so clients send to it as if it were the server; every client gets an upstream
socket of its own, as behind a NAT. Runs in a thread; its settings may change while it runs. Chance comes from a seed.
"""
import heapq
import random
import selectors
import socket
import threading
import time

from harness import Server, World


class UdpRelay:
    def __init__(self, listen: tuple[str, int], server: tuple[str, int], seed: int = 1):
        self.server = server
        self.loss_up = self.loss_down = 0.0
        self.delay = self.jitter = 0.0           # seconds, each way
        self.rate_up_bps = self.rate_down_bps = 0  # 0: no limit
        self.queue_seconds = 0.3                 # a rate-limited link drops what would wait longer
        self.blocked = False
        self.flip_probability = 0.0              # one bit of a datagram
        self.duplicate_probability = 0.0
        self.counts = {"up": 0, "down": 0, "dropped": 0, "bytes_up": 0, "bytes_down": 0}
        self._up: list[tuple[float, int]] = []   # what clients have sent: when, and how many bits with the headers of UDP and IP
        self.sent_to: dict[tuple, int] = {}      # datagrams that the server has sent to each client ..
        self.last_sent_to: dict[tuple, float] = {}  # .. and when the last of them came, on time.monotonic()
        self.capture: list[bytes] | None = None  # set to a list to keep every datagram that passes
        self.capture_of: dict[tuple, list[bytes]] | None = None  # set to a dict to keep what each client sends
        self._random = random.Random(seed)
        self._selector = selectors.DefaultSelector()
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._front.bind(listen)
        self._front.setblocking(False)
        self.address = self._front.getsockname()
        self._selector.register(self._front, selectors.EVENT_READ, None)
        self._upstream: dict[tuple, socket.socket] = {}
        self._queue: list = []
        self._sequence = 0
        self._free_at = {"up": 0.0, "down": 0.0}
        self._wake_r, self._wake_w = socket.socketpair()
        self._selector.register(self._wake_r, selectors.EVENT_READ, "stop")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._wake_w.send(b"x")
        self._thread.join()
        for s in [self._front, self._wake_r, self._wake_w, *self._upstream.values()]:
            s.close()

    def rebind(self) -> None:
        """As when a NAT forgets: all clients reach the server from new ports from now on."""
        self._rebind = True

    _rebind = False

    def bits_up(self, start: float, end: float) -> int:
        """What clients have sent between two moments on time.monotonic(), also what the relay has dropped."""
        return sum(bits for at, bits in list(self._up) if start <= at < end)

    def send_as(self, client: tuple, data: bytes) -> None:
        """To the server, from the address by which it knows this client."""
        self._send(self._upstream[client], data, self.server)

    def clients(self) -> set[tuple]:
        """The addresses from which clients have sent."""
        return set(self._upstream)

    def _upstream_of(self, client: tuple) -> socket.socket:
        if self._rebind:
            self._rebind = False
            for s in self._upstream.values():
                self._selector.unregister(s)
                s.close()
            self._upstream.clear()
        if client not in self._upstream:
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            s.bind(("127.0.0.1", 0))
            s.setblocking(False)
            self._upstream[client] = s
            self._selector.register(s, selectors.EVENT_READ, client)
        return self._upstream[client]

    def _pass_on(self, way: str, data: bytes, send) -> None:
        now = time.monotonic()
        self.counts[way] += 1
        self.counts["bytes_" + way] += len(data)
        if way == "up":
            self._up.append((now, (len(data) + 28) * 8))
        if (kept := self.capture) is not None:
            kept.append(data)
        if self.blocked or self._random.random() < (self.loss_up if way == "up" else self.loss_down):
            self.counts["dropped"] += 1
            return
        at = now + self.delay + self._random.random() * self.jitter
        rate = self.rate_up_bps if way == "up" else self.rate_down_bps
        if rate:
            start = max(now, self._free_at[way])
            if start - now > self.queue_seconds:
                self.counts["dropped"] += 1
                return
            self._free_at[way] = start + (len(data) + 28) * 8 / rate
            at += self._free_at[way] - now
        if self._random.random() < self.flip_probability:
            flipped = bytearray(data)
            bit = self._random.randrange(len(data) * 8)
            flipped[bit // 8] ^= 1 << (bit % 8)
            data = bytes(flipped)
        for _ in range(2 if self._random.random() < self.duplicate_probability else 1):
            if at <= now:
                send(data)
            else:
                self._sequence += 1
                heapq.heappush(self._queue, (at, self._sequence, data, send))

    def _run(self) -> None:
        while True:
            timeout = max(0.0, self._queue[0][0] - time.monotonic()) if self._queue else None
            for key, _ in self._selector.select(timeout):
                if key.data == "stop":
                    return
                self._read(key)
            now = time.monotonic()
            while self._queue and self._queue[0][0] <= now:
                _, _, data, send = heapq.heappop(self._queue)
                send(data)

    def _read(self, key) -> None:
        for _ in range(64):
            try:
                data, source = key.fileobj.recvfrom(2048)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if key.fileobj is self._front:
                upstream = self._upstream_of(source)
                if (kept := self.capture_of) is not None:  # once: the scenario may take it away meanwhile
                    kept.setdefault(source, []).append(data)
                self._pass_on("up", data, lambda d, s=upstream: self._send(s, d, self.server))
            else:
                self.sent_to[key.data] = self.sent_to.get(key.data, 0) + 1
                self.last_sent_to[key.data] = time.monotonic()
                self._pass_on("down", data, lambda d, c=key.data: self._send(self._front, d, c))

    @staticmethod
    def _send(sock: socket.socket, data: bytes, to: tuple) -> None:
        try:
            sock.sendto(data, to)
        except OSError:
            pass


def relayed_server(world: World, seed: int = 1) -> tuple[Server, UdpRelay]:
    """A server that is set up, and the relay through which all media of its clients go."""
    server = Server(world, behind_relay=True).start()
    relay = world.keep(UdpRelay(server.relay_address, ("127.0.0.1", server.udp_port), seed=seed))
    return server.set_up(), relay
