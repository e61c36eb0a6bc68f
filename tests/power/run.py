#!/usr/bin/env python3
"""Simulated power cuts over the SQLite store, the file blobs, sealed containers, the keystore and the audit log: run.py [--cuts N] [--seed N]. Closes with 'N passed, N failed'.

Also shows that it can fail: synchronous=NORMAL loses rows, blobs without fsync are half there.
"""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SECTOR = 512


class Node:
    """A file: its changes in order, and how many of them are certainly on the disk."""

    def __init__(self):
        self.changes = []
        self.synced = 0

    def content(self, rng, keep):
        data = bytearray()
        for i, (kind, at, value) in enumerate(self.changes):
            certain = i < self.synced
            if kind == "T":
                if certain or rng.random() < keep:
                    data = data[:at] + bytes(max(0, at - len(data)))
                continue
            for start in range(0, len(value), SECTOR) if not certain else (0,):
                piece = value if certain else value[start:start + SECTOR]
                if not certain and rng.random() >= keep:
                    continue
                first = at + (0 if certain else start)
                if len(data) < first + len(piece):
                    data += bytes(first + len(piece) - len(data))
                data[first:first + len(piece)] = piece
        return data


class Folder:
    def __init__(self):
        self.entries = {}
        self.pending = []  # (name, node or None)


def parse(log, root):
    """Yields the records of a log; paths are relative to `root`."""
    data = log.read_bytes()
    at = 0
    while at < len(data):
        end = data.index(b"\n", at)
        words = data[at:end].decode().split(" ")
        at = end + 1
        if words[0] in "AW":
            size = int(words[-1])
            words.append(data[at:at + size])
            at += size
        yield [os.path.relpath(w, root) if isinstance(w, str) and w.startswith("/") else w for w in words]


def disk_at(records, cut, with_fsync):
    """Folders, files and acknowledgements after `cut` records."""
    folders, by_ino, names, acks = {".": Folder()}, {}, {}, []

    def place(path):
        return folders[os.path.dirname(path) or "."], os.path.basename(path)

    for record in records[:cut]:
        kind = record[0]
        if kind == "C":
            node = by_ino[record[2]] = names[record[1]] = Node()
            folder, name = place(record[1])
            folder.pending.append((name, node))
        elif kind == "D":
            folders[record[1]] = Folder()
            folder, name = place(record[1])
            folder.pending.append((name, record[1]))
        elif kind == "W":
            by_ino[record[1]].changes.append(("W", int(record[2]), record[4]))
        elif kind == "T":
            by_ino[record[1]].changes.append(("T", int(record[2]), None))
        elif kind == "S" and with_fsync:
            by_ino[record[1]].synced = len(by_ino[record[1]].changes)
        elif kind == "Y":
            folder = folders[record[1]]
            for name, node in folder.pending:
                folder.entries[name] = node
            folder.pending = []
        elif kind == "R":
            node = names[record[2]] = names.pop(record[1])
            folder, name = place(record[2])
            folder.pending.append((name, node))
            folder, name = place(record[1])
            folder.pending.append((name, None))
        elif kind == "U":
            names.pop(record[1], None)
            folder, name = place(record[1])
            folder.pending.append((name, None))
        elif kind == "A":
            acks += record[2].decode().splitlines()
    return folders, acks


def build(folders, target, rng):
    keep = rng.choice([0.0, 0.2, 0.5, 0.8, 1.0])

    def make(path, where):
        where.mkdir()
        entries = dict(folders[path].entries)
        pending = folders[path].pending
        for name, node in pending[:rng.randint(0, len(pending))]:  # changes of one folder keep their order
            entries[name] = node
        for name, node in entries.items():
            if isinstance(node, str):
                make(node, where / name)
            elif node is not None and not name.endswith("-shm"):  # shared memory is not on the disk
                (where / name).write_bytes(node.content(rng, keep))

    make(".", target)


def judge(acks, found, removed):
    """What is wrong, as sentences. `removed`: blobs that the worker removes at some time."""
    wrong = [line for line in found if line.startswith(("broken", "half"))]
    if "checked" not in found:
        wrong.append("the check did not come to its end")
    there = set(found)
    wrong += [f"acknowledged and lost: {a}" for a in acks if a.startswith("row") and a not in there]
    state = {}
    for ack in acks:
        kind, number, *version = ack.split()
        if kind != "row":
            state[number] = int(version[0]) if version else 0
    blobs = {line.split()[1]: int(line.split()[2]) for line in found if line.startswith("blob")}
    for number, version in state.items():
        # Version 2 or the removal may have happened without being acknowledged; nothing older may come back.
        if version == 1 and number not in blobs and number not in removed:
            wrong.append(f"acknowledged and lost: blob {number}")
        if version == 2 and blobs.get(number) != 2:
            wrong.append(f"acknowledged and lost: blob {number} version 2")
        if version == 0 and number in blobs:
            wrong.append(f"removed and back: blob {number}")
    return wrong


def record(mode, seed, folder, program="power_worker"):
    root, log = folder / "disk", folder / "log"
    root.mkdir()
    env = dict(os.environ, LD_PRELOAD=str(BIN / "libpower_recorder.so"), POWER_ROOT=str(root), POWER_LOG=str(log))
    subprocess.run([str(BIN / program), mode, str(root), str(seed)], env=env, check=True, timeout=120)
    return list(parse(log, root))


def each_cut(records, number, rng, folder, with_fsync):
    """What a cut leaves, `number` times: after how many records, what was promised until then, and the disk, which goes afterwards."""
    for _ in range(number):
        at = rng.randint(1, len(records))
        folders, acks = disk_at(records, at, with_fsync)
        target = folder / "cut"
        build(folders, target, rng)
        try:
            yield at, acks, target
        finally:
            shutil.rmtree(target)


def found_by(program, target):
    out = subprocess.run([str(BIN / program), "check", str(target)], capture_output=True, text=True, timeout=60)
    return out.stdout.splitlines()


def cuts(records, number, rng, folder, with_fsync=True):
    """The complaints of each cut that has any, of `number` cuts that had something to be judged by."""
    bad, judged = [], 0
    said = [line for r in records if r[0] == "A" for line in r[2].decode().splitlines()]
    removed = {line.split()[1] for line in said if line.startswith("gone")}
    for at, acks, target in each_cut(records, 20 * number, rng, folder, with_fsync):
        if not any("row" in a or "blob" in a for a in acks) and not (target / "store.sqlite").exists():
            continue  # cut before anything was promised
        if wrong := judge(acks, found_by("power_worker", target), removed):
            bad.append((at, wrong))
        judged += 1
        if judged == number:
            return bad
    raise SystemExit(f"only {judged} of {20 * number} cuts came after the first promise: the worker does nothing")


class Wraps:
    """Every (key, salt) under which a key was ever wrapped, on any side of any cut (docs/protocol/at-rest.md, section 3: one salt, one
    one-time key and its nonce of zeros)."""

    def __init__(self):
        self.seen = {}

    def twice(self, wrapped):
        used = wrapped[4:44] + wrapped[76:140]  # id and version of the wrapping key; the salt
        return self.seen.setdefault(used, wrapped) != wrapped


def judge_keys(acks, found, going, wraps):
    wrong = [line for line in found if line.startswith("broken")]
    if "checked" not in found:
        wrong.append("the check did not come to its end")
    opens = {line.split()[1] for line in found if line.startswith("opens")}
    gone = {a.split()[2] for a in acks if a.startswith("gone")}
    for ack in acks:
        words = ack.split()
        if words[0] == "key":
            if words[2] in gone and words[2] in opens:
                wrong.append("a key that was shredded is back")
            if words[2] not in going and words[2] not in opens:
                wrong.append("acknowledged and lost: a key")
    for wrapped in [a.split()[2] for a in acks if a.startswith("key")] + [line.split()[1] for line in found if line.startswith("wrap")]:
        if wraps.twice(wrapped):
            wrong.append("one key and salt have wrapped two keys")
    return wrong


def key_cuts(records, number, rng, folder, wraps, with_fsync=True):
    bad = []
    for at, acks, target in each_cut(records, number, rng, folder, with_fsync):
        (target / "known").write_text("\n".join(acks) + "\n")
        going = {a.split()[1] for a in acks if a.startswith("going")}
        if wrong := judge_keys(acks, found_by("power_keys", target), going, wraps):
            bad.append((at, wrong))
    return bad


def judge_parts(acks, found):
    """Of a container at least what was synced must open, and be what was written; of a finished one all of it, as finished."""
    wrong = [line for line in found if line.startswith("broken")]
    if "checked" not in found:
        wrong.append("the check did not come to its end")
    there = {line.split()[1]: line.split() for line in found if line.startswith(("part", "whole"))}
    for ack in acks:
        kind, number, size = ack.split()
        have = there.get(number)
        if not have or int(have[2]) < int(size) or (kind == "whole" and have[0] != "whole"):
            wrong.append(f"acknowledged and lost: {ack}, there is {have}")
    return wrong


def part_cuts(records, number, rng, folder, with_fsync=True):
    bad = []
    for at, acks, target in each_cut(records, number, rng, folder, with_fsync):
        if wrong := judge_parts(acks, found_by("power_parts", target)):
            bad.append((at, wrong))
    return bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cuts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bin", default=str(ROOT / "build/dev/bin"))
    arguments = parser.parse_args()
    global BIN
    BIN = pathlib.Path(arguments.bin)
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    rng = random.Random(arguments.seed)
    passed = failed = 0

    def verdict(ok, text):
        nonlocal passed, failed
        passed, failed = passed + ok, failed + (not ok)
        print(("ok      " if ok else "FAILED  ") + text, flush=True)

    recordings = 4
    for n in range(recordings):
        with tempfile.TemporaryDirectory(dir=shared) as name:
            folder = pathlib.Path(name)
            seed = arguments.seed * 100 + n
            records = record("run", seed, folder)
            number = arguments.cuts // recordings
            bad = cuts(records, number, rng, folder)
            kinds = {kind: sum(1 for r in records if r[0] == kind) for kind in "WSYRUA"}
            for at, wrong in bad[:3]:
                print(f"  seed {seed}, cut after {at} of {len(records)}: {'; '.join(wrong[:4])}")
            verdict(not bad, f"{number} cuts through {len(records)} records {kinds}: {len(bad)} with a loss")
            if n == 0:
                torn = cuts(records, 20, rng, folder, with_fsync=False)
                verdict(len(torn) > 3, f"without any fsync {len(torn)} of 20 cuts lose or break something: the test sees it")
    with tempfile.TemporaryDirectory(dir=shared) as name:
        folder = pathlib.Path(name)
        records = record("run-normal", 1, folder)
        (folder / "disk" / "blobs").mkdir(exist_ok=True)
        bad = cuts(records, 20, rng, folder)
        lost = sum(1 for _, wrong in bad if any("lost" in w for w in wrong))
        verdict(lost > 3, f"with synchronous=NORMAL {lost} of 20 cuts lose acknowledged rows: the test sees it")
    for n in range(2):
        with tempfile.TemporaryDirectory(dir=shared) as name:
            folder = pathlib.Path(name)
            seed = arguments.seed * 100 + n
            records = record("run", seed, folder, "power_parts")
            bad = part_cuts(records, arguments.cuts // 2, rng, folder)
            for at, wrong in bad[:3]:
                print(f"  containers, seed {seed}, cut after {at} of {len(records)}: {'; '.join(wrong[:4])}")
            verdict(not bad, f"sealed containers: {arguments.cuts // 2} cuts through {len(records)} records: {len(bad)} with a loss")
            if n == 0:
                torn = part_cuts(records, 20, rng, folder, with_fsync=False)
                verdict(len(torn) > 3, f"containers without any fsync: {len(torn)} of 20 cuts lose something: the test sees it")
    wraps = Wraps()
    for n in range(2):
        with tempfile.TemporaryDirectory(dir=shared) as name:
            folder = pathlib.Path(name)
            seed = arguments.seed * 100 + n
            records = record("run", seed, folder, "power_keys")
            bad = key_cuts(records, arguments.cuts // 2, rng, folder, wraps)
            for at, wrong in bad[:5]:
                print(f"  keys, seed {seed}, cut after {at} of {len(records)}: {'; '.join(wrong[:4])}")
            verdict(not bad, f"keystore and audit log: {arguments.cuts // 2} cuts through {len(records)} records: {len(bad)} with a loss")
            if n == 0:
                torn = key_cuts(records, 20, rng, folder, Wraps(), with_fsync=False)
                verdict(len(torn) > 3, f"keystore without any fsync: {len(torn)} of 20 cuts lose or break something: the test sees it")
    verdict(len(wraps.seen) > 100, f"{len(wraps.seen)} pairs of key and salt over all cuts, none of them twice")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
