#!/usr/bin/env python3
"""From the command with a link to the first decoded picture of somebody else: the whole way, with real processes on one machine.

The floor is what no client could avoid here: starting the program (`sealhall version`) and one TLS handshake with the same server.
Wall time of both from before the process is made, since waiting is what a person notices; on a loaded machine it says more about the
neighbours.
"""
import pathlib
import socket
import ssl
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(pathlib.Path(__file__).resolve().parent / "parts")]

import harness  # noqa: E402
import measured  # noqa: E402
import media  # noqa: E402



def first_frame_ms(server, meeting: str) -> float:
    """From before the process is made to the picture, which the client dates by its own clock; its lines say when that began."""
    start = time.monotonic()
    client = server.join(meeting, "Late", "--duration", "1.6")
    client.wait(20)
    pictures = [client.moment(e) for e in client.happened("first_frame") if e["kind"] == "video"]
    if not pictures:
        raise SystemExit(f"no picture within {time.monotonic() - start:.1f} s:\n{client.errors()[-800:]}")
    return (min(pictures) - start) * 1000


def floor_ms(server) -> float:
    start = time.monotonic()
    subprocess.run([str(harness.BIN / "sealhall"), "version"], capture_output=True, check=True)
    context = ssl.create_default_context(cafile=str(server.ca))
    with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port), 5), server_hostname="127.0.0.1"):
        return (time.monotonic() - start) * 1000


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    harness.BIN = arguments.bin
    rounds = 3 if arguments.quick else 12
    with harness.World("bench-join-time") as world:
        server = harness.Server(world).start()
        meeting = server.set_up().create_meeting("Join time")
        clip = media.talking_clip(world.folder)
        sender = server.join(meeting, "Sender", "--audio", clip, "--video", clip, "--loop", "--duration", "120")
        harness.wait_until("the sender to send", lambda: sender.last().get("packets_out", 0) > 100, 15)
        joins, floors = [], []
        for _ in range(rounds):  # alternating, so that both see the same machine
            joins.append(first_frame_ms(server, meeting))
            floors.append(floor_ms(server))
    rows = [{"name": "join_to_first_decoded_picture/median", "value": statistics.median(joins), "unit": "ms", "limit": 500,
             "floor": "floor_start_and_tls_handshake/median"},
            {"name": "join_to_first_decoded_picture/slowest", "value": max(joins), "unit": "ms",
             "floor": "floor_start_and_tls_handshake/median"},
            {"name": "floor_start_and_tls_handshake/median", "value": statistics.median(floors), "unit": "ms"}]
    return measured.write(arguments, rows)


if __name__ == "__main__":
    sys.exit(main())
