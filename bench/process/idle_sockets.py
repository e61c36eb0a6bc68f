#!/usr/bin/env python3
"""What 10,000 people cost who are in meetings and say nothing: memory of control a socket, and CPU of control in a second.

Each has joined a meeting of five over a TLS WebSocket of its own and answers its pings. The floor is an idle TLS connection of a bare
loop (`server_cost`, in the same run). They come from several addresses, since one may have 1,000 connections, and are spread over two
media workers, since one has 8,192 transports. Only as many are opened as the limit for open files allows: fewer are a missed limit.
What 50,000 would take is extrapolated from them, and neither the other processes nor the kernel are in it.
"""
import pathlib
import resource
import ssl
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(pathlib.Path(__file__).resolve().parent / "parts")]

import harness  # noqa: E402
import measured  # noqa: E402
import sockets  # noqa: E402

ROOM = 5
EXTRAPOLATED = 50_000  # of them in 2 GB
LIMIT_KIB = 2e9 / EXTRAPOLATED / 1024


def main() -> int:
    parser = measured.options(__doc__)
    parser.add_argument("--sockets", type=int)
    arguments = parser.parse_args()
    harness.BIN = arguments.bin
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    wanted = arguments.sockets or (500 if arguments.quick else 10_000)
    count = min(wanted, (hard - 200) // ROOM * ROOM)
    idle = 5 if arguments.quick else 20
    with harness.World("bench-idle-sockets") as world:
        server = harness.Server(world, workers=2, extra=["--api-rate", "1000000"]).start().set_up()
        pid = server.children("control")[0]
        context = ssl.create_default_context(cafile=str(server.ca))
        rooms = [server.create_meeting(f"Room {n}") for n in range(count // ROOM)]
        before, people, start = sockets.resident_kib(pid), [], time.monotonic()
        for room in rooms:
            for n in range(ROOM):
                people.append(sockets.Socket(server, context, f"127.0.1.{1 + len(people) // 900}").join(room, f"Person {n}"))
            if len(people) % 500 == 0:  # pings of those that are in already
                for person in people:
                    person.answer_pings()
        joining = time.monotonic() - start
        for person in people:
            person.answer_pings()
        time.sleep(2)
        memory = sockets.resident_kib(pid) - before
        spent, start = sockets.cpu_microseconds(pid), time.monotonic()
        while time.monotonic() - start < idle:
            for person in people:
                person.answer_pings()
            time.sleep(0.5)
        cpu = (sockets.cpu_microseconds(pid) - spent) / (time.monotonic() - start)
        for person in people:
            person.tls.close()
    note = f"{count} sockets in meetings of {ROOM}"
    rows = [{"name": "idle_signalling_memory", "value": memory / count, "unit": "KiB", "floor": "floor_idle_tls", "limit": LIMIT_KIB,
             "note": f"{note}; the limit is {EXTRAPOLATED:,} in 2 GB, extrapolated from these; resident memory of control only"},
            {"name": "idle_signalling_cpu", "value": cpu / 1e6 * 100 * 10_000 / count, "unit": "% of a core for 10,000", "note": note},
            {"name": "idle_signalling_sockets", "value": count, "unit": "sockets", "better": "higher",
             **({} if arguments.quick or arguments.sockets else {"limit": wanted})},
            {"name": "joins", "value": count / joining, "unit": "1/s", "better": "higher", "note": note}]
    program = harness.BIN / "server_cost"
    if program.exists():
        rows += [row for row in measured.rows_of(program, 200, 500) if row["name"] == "floor_idle_tls"]
    return measured.write(arguments, rows, ".2f")


if __name__ == "__main__":
    sys.exit(main())
