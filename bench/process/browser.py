#!/usr/bin/env python3
"""The browser client in Chromium: from the click on Join to the first remote picture, and the CPU of a gallery of 3 x 3.

CPU is that of all processes of the browser together (utime and stime), a second of wall time, while eight others are seen and heard and the own
camera is sent. The floor is the same page in the same meeting with eight others who send sound only: what the browser costs without
their pictures. The first picture is wall time; on a loaded machine it says more about the neighbours.

The eight share the machine with the browser, so they do nothing but send: they decode nothing, and but for one they are sent no
pictures. What they sent in the measured time stands beside what the browser got: where that is as little, the machine was too slow for
them, and where it is more, the browser was given less or could not keep up.
"""
import dataclasses
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
# Two thirds of the pictures of all eight. Half of the frame rate, which is what a path gets that is too narrow, misses it.
LEAST_PICTURES = OTHERS * 20
SETTLES_WITHIN = 40.0


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


def machine_ticks() -> tuple[int, int]:
    """Of all processors since the start: at work, and altogether."""
    ticks = [int(n) for n in pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)  # without idle and waiting for a disk


class Page:
    def __init__(self, world, name: str, link: str, tiles: int):
        self.process = world.process(name, [shutil.which("node"), str(PAGE), json.dumps({"link": link, "name": name, "tiles": tiles})], stdin=True)
        self.first = self._line(0, 90)

    def _line(self, number: int, seconds: float) -> dict:
        harness.wait_until("the page", lambda: len(self.process.lines) > number or not self.process.running(), seconds)
        harness.check(len(self.process.lines) > number, f"the page ended:\n{self.process.errors()[-2000:]}")
        return json.loads(self.process.lines[number])

    def shown(self) -> dict:
        """Pictures of all remote tiles so far (`frames`), and how many lines each tile's picture has now (`lines`)."""
        before = len(self.process.lines)
        self.process.say("shown")
        return self._line(before, 20)

    def leave(self) -> None:
        self.process.say("leave")
        self.process.wait(30)


def settle(page: Page) -> bool:
    """Until pictures have come as often and in the same sizes for six seconds: then the estimates of bandwidth stand."""
    rates, lines, before, at, end = [], [], page.shown(), time.monotonic(), time.monotonic() + SETTLES_WITHIN
    while time.monotonic() < end:
        time.sleep(2)
        shown, now = page.shown(), time.monotonic()
        rates.append((shown["frames"] - before["frames"]) / (now - at))
        lines.append(shown["lines"])
        before, at = shown, now
        if len(rates) >= 3 and max(rates[-3:]) - min(rates[-3:]) <= 0.1 * max(rates[-3:]) and lines[-1] == lines[-2] == lines[-3]:
            return True
    return False


def sent(before: dict, after: dict) -> float:
    """Pictures a second between two lines of a sender's statistics, of the layer that it sent most of."""
    counts = [{own["layer"]: own["frames"] for own in line["own"] if own["kind"] == "camera"} for line in (before, after)]
    return max((count - counts[0].get(layer, 0) for layer, count in counts[1].items()), default=0) / max(after["t"] - before["t"], 1)


@dataclasses.dataclass
class Gallery:
    cpu: float  # seconds of the browser a second
    pictures: float  # remote ones a second
    sent: float  # by all others a second
    lines: int  # of the smallest picture
    note: str


def gallery(world, server, name: str, pictures: bool, clip: pathlib.Path, seconds: float) -> Gallery:
    meeting = server.create_meeting(name)
    # One looks at everybody, so that the browser's own camera is asked for and encoded.
    others = [server.join(meeting, f"{name} {k}", "--audio", clip, *(("--video", clip) if pictures else ()), "--loop", "--no-decode",
                          *(("--watch-height", 0) if k > 0 else ())) for k in range(OTHERS)]
    for other in others:
        harness.wait_until("the others to be there", lambda o=other: o.last().get("state") == "joined", 60)
    page = Page(world, name, meeting, OTHERS if pictures else 0)
    settled = settle(page)
    told, busy, ticks = [o.last() for o in others], *machine_ticks()
    frames, cpu, start = page.shown()["frames"], cpu_seconds(page.first["pid"]), time.monotonic()
    time.sleep(seconds)
    cpu, shown, took = cpu_seconds(page.first["pid"]) - cpu, page.shown(), time.monotonic() - start
    now, (busy_now, ticks_now) = [o.last() for o in others], machine_ticks()
    left_out = sum(b["left_out"] - a["left_out"] for a, b in zip(told, now))
    note = f"machine {100 * (busy_now - busy) / max(ticks_now - ticks, 1):.0f} % busy, {left_out} frames left out by senders who were late"
    page.leave()
    for other in others:
        other.stop()
    return Gallery(cpu / took, (shown["frames"] - frames) / took, sum(sent(a, b) for a, b in zip(told, now)), min(shown["lines"], default=0),
                   note + ("" if settled else ", not settled before"))


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
        light = world.folder / "light.mkv"
        media.write_light_clip(light, clip)
        floor = gallery(world, server, "Sound", False, light, seconds)
        seen = gallery(world, server, "Pictures", True, light, seconds)
    rows = [{"name": "browser_click_to_first_picture/median", "value": statistics.median(firsts), "unit": "ms", "limit": 500},
            {"name": "browser_click_to_first_picture/slowest", "value": max(firsts), "unit": "ms"},
            {"name": "browser_gallery_3x3_cpu", "value": seen.cpu * 100, "unit": "% of a core", "floor": "floor_browser_gallery_without_pictures"},
            {"name": "floor_browser_gallery_without_pictures", "value": floor.cpu * 100, "unit": "% of a core", "note": floor.note},
            {"name": "browser_gallery_3x3_pictures", "value": seen.pictures, "unit": "/s", "better": "higher", "limit": LEAST_PICTURES,
             "floor": "floor_browser_gallery_pictures_sent", "note": seen.note},
            {"name": "floor_browser_gallery_pictures_sent", "value": seen.sent, "unit": "/s", "better": "higher"},
            {"name": "browser_gallery_3x3_lines", "value": seen.lines, "unit": "lines", "better": "higher"}]
    return measured.write(arguments, rows)


if __name__ == "__main__":
    sys.exit(main())
