#!/usr/bin/env python3
"""The browser client in Chromium: from the click on Join to the first remote picture, and the CPU of a gallery of 3 x 3.

CPU is that of all processes of the browser together (utime and stime), a second of wall time, while eight others are seen and heard and the own
camera is sent. The floor is the same page in the same meeting with eight others who send sound only: what the browser costs without
their pictures. The first picture is wall time; on a loaded machine it says more about the neighbours.
"""
import json
import os
import pathlib
import shutil
import statistics
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(pathlib.Path(__file__).resolve().parent / "parts")]

import harness  # noqa: E402
import measured  # noqa: E402
import media  # noqa: E402

PAGE = ROOT / "bench" / "web" / "page.mjs"
OTHERS = 8


def cpu_seconds(root: int) -> float:
    """Of a process and everything below it; who has ended in between is counted with its parent."""
    children: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(folder.name)
        children.setdefault(int(fields[1]), []).append(pid)
        ticks[pid] = sum(int(f) for f in fields[11:15])
    found, queue = 0, [root]
    while queue:
        pid = queue.pop()
        found += ticks.get(pid, 0)
        queue += children.get(pid, [])
    return found / os.sysconf("SC_CLK_TCK")


class Page:
    def __init__(self, world, name: str, link: str, tiles: int):
        self.process = world.process(name, [shutil.which("node"), str(PAGE), json.dumps({"link": link, "name": name, "tiles": tiles})], stdin=True)
        self.first = self._line(0, 90)

    def _line(self, number: int, seconds: float) -> dict:
        harness.wait_until("the page", lambda: len(self.process.lines) > number or not self.process.running(), seconds)
        harness.check(len(self.process.lines) > number, f"the page ended:\n{self.process.errors()[-2000:]}")
        return json.loads(self.process.lines[number])

    def frames(self) -> int:
        before = len(self.process.lines)
        self.process.say("frames")
        return self._line(before, 20)["frames"]

    def leave(self) -> None:
        self.process.say("leave")
        self.process.wait(30)


def gallery(world, server, name: str, pictures: bool, clip: pathlib.Path, seconds: float) -> tuple[float, float]:
    """CPU seconds of the browser a second, and remote pictures a second."""
    meeting = server.create_meeting(name)
    others = [server.join(meeting, f"{name} {k}", "--audio", clip, *(("--video", clip) if pictures else ()), "--loop") for k in range(OTHERS)]
    for other in others:
        harness.wait_until("the others to be there", lambda o=other: o.last().get("state") == "joined", 60)
    page = Page(world, name, meeting, OTHERS if pictures else 0)
    time.sleep(3)  # estimates of bandwidth have settled
    frames, cpu, start = page.frames(), cpu_seconds(page.first["pid"]), time.monotonic()
    time.sleep(seconds)
    cpu, frames, took = cpu_seconds(page.first["pid"]) - cpu, page.frames() - frames, time.monotonic() - start
    page.leave()
    for other in others:
        other.stop()
    return cpu / took, frames / took


def main() -> int:
    arguments = measured.options(__doc__).parse_args()
    harness.BIN = arguments.bin
    with harness.World("bench-browser") as world:
        server = harness.Server(world).start().set_up()
        clip = media.talking_clip(world.folder)
        meeting = server.create_meeting("First picture")
        sender = server.join(meeting, "Sender", "--audio", clip, "--video", clip, "--loop")
        harness.wait_until("the sender to send", lambda: sender.last().get("packets_out", 0) > 100, 15)
        firsts = []
        for k in range(2 if arguments.quick else 7):
            page = Page(world, f"Late {k}", meeting, 1)
            firsts.append(page.first["ms"])
            page.leave()
        sender.stop()
        seconds = 5 if arguments.quick else 20
        floor, _ = gallery(world, server, "Sound", False, clip, seconds)
        cpu, frames = gallery(world, server, "Pictures", True, clip, seconds)
    rows = [{"name": "browser_click_to_first_picture/median", "value": statistics.median(firsts), "unit": "ms", "limit": 500},
            {"name": "browser_click_to_first_picture/slowest", "value": max(firsts), "unit": "ms"},
            {"name": "browser_gallery_3x3_cpu", "value": cpu * 100, "unit": "% of a core", "floor": "floor_browser_gallery_without_pictures"},
            {"name": "floor_browser_gallery_without_pictures", "value": floor * 100, "unit": "% of a core"},
            {"name": "browser_gallery_3x3_pictures", "value": frames, "unit": "/s", "better": "higher"}]
    return measured.write(arguments, rows)


if __name__ == "__main__":
    sys.exit(main())
