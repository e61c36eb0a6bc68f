"""What stands in a process's memory. A search that found nothing says how much it has read, and what it could not."""
import dataclasses
import os
import pathlib

PAGE = os.sysconf("SC_PAGE_SIZE")
PIECE = 16 << 20
# The kernel's own pages in every process: no part of the program, and not to be read from outside.
KERNEL = ("[vvar]", "[vvar_vclock]", "[vsyscall]")


@dataclasses.dataclass
class Searched:
    found: list[str]       # names of the needles, sorted
    read: int = 0          # bytes
    resident: int = 0      # bytes that the process had in memory
    unread: dict[str, int] = dataclasses.field(default_factory=dict)  # bytes that could not be read, by mapping

    def whole(self) -> bool:
        """All that the program itself has written was read. Files that are mapped beyond their end have nothing there."""
        return self.read >= self.resident > 0 and all(name.startswith("/") for name in self.unread)


def mappings(pid: int) -> list[tuple[int, int, str]]:
    """(start, end, name) of all that the process may read."""
    found = []
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, mode, _, _, _, *name = line.split(maxsplit=5)
        start, end = (int(x, 16) for x in span.split("-"))
        if "r" in mode and name[:1] not in [[kernel] for kernel in KERNEL]:
            found.append((start, end, name[0] if name else "anonymous"))
    return found


def search(pid: int, needles: dict[str, bytes]) -> Searched:
    """Looks for each needle in everything that is readable in the process. Raises PermissionError when the process may not be read."""
    result = Searched([])
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            result.resident = int(line.split()[1]) << 10
    left = dict(needles)
    overlap = max(len(value) for value in needles.values()) - 1
    failed = []
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for at, end, _ in mappings(pid):
            before = b""
            while at < end:
                try:
                    memory.seek(at)
                    data = memory.read(min(end - at, PIECE))
                except OSError:
                    data = b""
                if not data:  # this page cannot be read; the next one perhaps can
                    failed.append(at)
                    at, before = at + PAGE - at % PAGE, b""
                    continue
                result.read += len(data)
                at += len(data)
                data = before + data
                for name in [name for name, value in left.items() if value in data]:
                    result.found.append(name)
                    del left[name]
                before = data[len(data) - min(overlap, len(data)):]
    # The process goes on meanwhile: what it has given back could not be read, and holds nothing.
    still = mappings(pid)
    for at in failed:
        for name in [name for start, end, name in still if start <= at < end]:
            result.unread[name] = result.unread.get(name, 0) + PAGE
    result.found.sort()
    return result
