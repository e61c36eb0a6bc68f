"""Two networks with a cable between them, for scenarios in which a browser's network breaks or changes. Needs root, `ip` and `nft`."""
import contextlib
import ctypes
import os
import subprocess

SERVER = "192.0.2.1"
BROWSER = "192.0.2.2"
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _sh(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


class Networks:
    """What runs with `prefix` in front has the browser's network; everything else that this thread starts has the server's."""

    def __init__(self, holder: subprocess.Popen):
        self._holder = holder
        self.prefix = ["nsenter", "-t", str(holder.pid), "-n"]

    def _browser(self, *command: str) -> None:
        _sh(*self.prefix, *command)

    def plug(self) -> None:
        _sh("ip", "link", "set", "lo", "up")
        _sh("ip", "link", "add", "server0", "type", "veth", "peer", "name", "browser0")
        _sh("ip", "link", "set", "browser0", "netns", str(self._holder.pid))
        _sh("ip", "address", "add", f"{SERVER}/24", "dev", "server0")
        _sh("ip", "link", "set", "server0", "up")
        self._browser("ip", "link", "set", "lo", "up")
        self._browser("ip", "link", "set", "browser0", "up")
        self._browser("nft", "add table inet block; add chain inet block out { type filter hook output priority 0; }; "
                             "add chain inet block in { type filter hook input priority 0; }; "
                             "add chain inet block loss { type filter hook input priority 1; }")
        self.give(BROWSER)

    def give(self, address: str) -> None:
        """The browser's only address from now on: connections of before are dead, as when a telephone leaves the building."""
        self._browser("ip", "address", "flush", "dev", "browser0")
        self._browser("ip", "address", "add", f"{address}/24", "dev", "browser0")
        self._browser("ip", "route", "replace", "default", "via", SERVER)

    def block_udp(self) -> None:
        """Without a word, in both directions."""
        for chain in ("in", "out"):
            self._browser("nft", f"add rule inet block {chain} meta l4proto udp drop")

    def lose(self, percent: int) -> None:
        """So many of the datagrams on their way to the browser, each by itself. By nft: not every kernel has netem."""
        self._browser("nft", "flush chain inet block loss")
        if percent > 0:
            self._browser("nft", f"add rule inet block loss meta l4proto udp numgen random mod 100 < {percent} drop")

    def unblock(self) -> None:
        for chain in ("in", "out"):
            self._browser("nft", f"flush chain inet block {chain}")


@contextlib.contextmanager
def two_networks():
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    if _libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "a network of one's own needs root")
    holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        holder.stdout.readline()  # it is in there now
        networks = Networks(holder)
        networks.plug()
        yield networks
    finally:
        holder.stdin.close()
        holder.wait()
        holder.stdout.close()
        _libc.setns(before, CLONE_NEWNET)
        os.close(before)
