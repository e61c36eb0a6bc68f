#!/usr/bin/env python3
"""Chat messages a second that the whole server acknowledges: over TLS sockets, sealed, on the disk, told to the others in the room; once on
SQLite and once on PostgreSQL, both waiting for the disk.

Beside them the CPU of control a message (all its threads). The client here is one Python process: with a quiet machine the rate is what the
disk and the client allow, and the CPU is the number to look at. The floor is a row of the same size through the engine alone
(`store_cost`, in the same run).
"""
import pathlib
import select
import ssl
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(pathlib.Path(__file__).resolve().parent / "parts")]

import harness  # noqa: E402
import measured  # noqa: E402
import postgres  # noqa: E402
import sockets  # noqa: E402
import store_cost  # noqa: E402

EACH = 28  # what one person may say without a pause
AT_ONCE = 2  # of one person
TEXT = "x" * 120


def measure(server, count: int) -> tuple[float, float]:
    """Messages a second, CPU microseconds of control for each: `count` people in rooms of their own say EACH things."""
    context = ssl.create_default_context(cafile=str(server.ca))
    people = {}
    for n in range(count):
        person = sockets.Socket(server, context).join(server.create_meeting(f"Room {n}"), "Talker", server.token)
        people[person.tls] = person
    left, number, acknowledged = dict.fromkeys(people, EACH), 0, 0
    pid = server.children("control")[0]

    def say(tls, times: int) -> None:
        nonlocal number
        times = min(times, left[tls])
        left[tls] -= times
        messages = []
        for _ in range(times):
            number += 1
            messages.append({"type": "send_chat", "request": number, "scope": "everyone", "text": TEXT, "files": []})
        if messages:
            people[tls].send(*messages)

    before, start = sockets.cpu_microseconds(pid), time.monotonic()
    for tls in people:
        say(tls, AT_ONCE)
    poller = select.epoll()
    by_number = {tls.fileno(): tls for tls in people}
    for fd in by_number:
        poller.register(fd, select.EPOLLIN)
    while acknowledged < count * EACH:
        if time.monotonic() - start > 120:
            raise SystemExit(f"{acknowledged} of {count * EACH} messages were acknowledged in two minutes")
        for fd, _ in poller.poll(1):
            tls = by_number[fd]
            for message in people[tls].receive():
                if message["type"] == "acknowledged":
                    acknowledged += 1
                    say(tls, 1)
                elif message["type"] == "error":
                    raise SystemExit(f"a message was refused: {message}")
    took = time.monotonic() - start
    spent = sockets.cpu_microseconds(pid) - before
    for tls in people:
        tls.close()
    return acknowledged / took, spent / acknowledged


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    harness.BIN = arguments.bin
    count = 100 if arguments.quick else 600
    rows = []
    with harness.World("bench-chat-messages") as world:
        for name in ("sqlite", "postgres"):
            extra = ["--api-rate", "1000000"]
            if name == "postgres":
                if not postgres.installed():
                    continue
                extra += ["--database", world.keep(postgres.Postgres()).url]
            server = harness.Server(world, name, extra=extra).start().set_up()
            rate, cpu = measure(server, count)
            server.process.stop()
            rows += [{"name": f"chat_acknowledged_{name}", "value": rate, "unit": "1/s", "better": "higher", "floor": f"floor_rows_acknowledged_{name}"},
                     {"name": f"chat_message_cpu_{name}", "value": cpu, "unit": "us CPU"}]
    program = harness.BIN / "store_cost"
    if program.exists():
        # By a name of their own: `store_rows` measures the same on a machine on which nothing else has just run.
        rows += [{"name": r["name"].replace("chat_rows", "floor_rows"), "value": r["value"], "unit": r["unit"], "better": r["better"]}
                 for r in store_cost.store_cost(program, 1.5 if arguments.quick else 9) if r["name"].startswith("chat_rows")]
    return measured.write(arguments, rows)


if __name__ == "__main__":
    sys.exit(main())
