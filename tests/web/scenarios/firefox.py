"""Firefox ESR and Chromium in one meeting with a native client, in networks of their own: Firefox pairs no loopback address."""
import contextlib
import json
import shutil
import time

import harness
import media
from harness import Process, Server, check, scenario, wait_until
from meetings import NATIVE_COLOURS, NATIVE_TONE, RGB, WEB, close_to, quadrants, tone
from networks import SERVER, Networks, two_networks


COLOURS = {"Firefox": ("red", "lime", "blue", "white"), "Chromium": ("cyan", "yellow", "magenta", "black")}
TONES = {"Firefox": 660, "Chromium": 880}


class Browser:
    """A browser that answers questions (tests/web/meet.mjs)."""

    def __init__(self, world, networks: Networks, name: str, link: str, **wanted):
        self.name = name
        options = {"browser": name.lower().split()[0], "link": link, "name": name, "colours": [RGB[c] for c in COLOURS[name.split()[0]]],
                   "hertz": TONES[name.split()[0]], **wanted}
        self.process: Process = world.process(name, [*networks.prefix, shutil.which("node"), str(WEB / "meet.mjs"), json.dumps(options)], stdin=True)
        self.clicked = self._answer("clicked", 90)["at"]

    def _answer(self, what: str, seconds: float) -> dict:
        def line():
            found = next((x for x in (json.loads(y) for y in self.process.lines if y.startswith("{")) if x["what"] == what), None)
            check(found is not None or self.process.running(), f"{self.name} ended:\n{self.process.errors()[-3000:]}")
            return found
        return wait_until(f"{self.name} to answer '{what}'", line, seconds)

    def ask(self, question: str, seconds: float = 20) -> dict:
        before = len(self.process.lines)
        self.process.say(question)

        def line():
            found = next((x for x in (json.loads(y) for y in self.process.lines[before:] if y.startswith("{")) if x["what"] == question), None)
            check(found is not None or self.process.running(), f"{self.name} ended:\n{self.process.errors()[-3000:]}")
            return found
        return wait_until(f"{self.name} to answer '{question}'", line, seconds)

    def sees(self, name: str, more_than: int = 10, seconds: float = 60) -> dict:
        def look():
            seen = self.ask(f"look {name}")
            return seen if seen["frames"] > more_than else None
        try:
            return wait_until(f"{self.name} to see more than {more_than} frames of {name}", look, seconds)
        except AssertionError:
            page = self.ask(f"clip failed {self.name}")
            print(page["text"], page["problems"], self.ask("media"), flush=True)
            raise

    def again(self, made: int, frames: int = 6, seconds: float = 60) -> float:
        """When (time.time) the connection with number `made`, or a later one, has shown so many pictures and has sent some."""
        answer = self.ask(f"again {made} {frames} {seconds}", seconds + 20)
        check(answer["at"] is not None, f"{self.name} did not come back within {seconds} s: {answer}")
        return answer["at"] / 1000

    def moves(self, name: str, seconds: float = 30) -> None:
        before = self.ask(f"look {name}")["frames"]

        def more():
            nonlocal before
            now = self.ask(f"look {name}")["frames"]
            before = min(before, now)  # a new receiver counts from nothing
            return now > before + 5
        wait_until(f"the pictures of {name} at {self.name} to move", more, seconds)

    def leave(self) -> None:
        self.process.say("leave")
        check(self.process.wait(30) == 0, f"{self.name} did not leave: {self.process.errors()[-1500:]}")


@contextlib.contextmanager
def meeting_in_networks(world, topic: str, *extra: str):
    """(networks, server, meeting): two networks, a server in one of them that is set up, and the link of a meeting.

    It listens to every address of its network and announces the one at the cable."""
    with two_networks() as networks:
        server = Server(world, bind="0.0.0.0", extra=["--public-address", SERVER, *extra]).start().set_up()
        yield networks, server, server.create_meeting(topic)


def native_in(world, server: Server, meeting: str):
    media.write_wav(world.folder / "native.wav", tone(8, NATIVE_TONE))
    quadrants(world.folder / "native.mkv", NATIVE_COLOURS, 8, "-i", str(world.folder / "native.wav"))
    clip = world.folder / "native.mkv"
    client = server.join(meeting, "Native", "--audio", clip, "--video", clip, "--loop", stdin=True)
    wait_until("the native client to be in the meeting", lambda: client.last().get("state") == "joined", 20)
    return client


@scenario("Firefox ESR, Chromium and a native client in one meeting: frames counted and pixels checked, each by each; sound where it can be listened to", crowd=True)
def firefox(world):
    with meeting_in_networks(world, "Firefox") as (networks, server, meeting):
        native = native_in(world, server, meeting)
        fox = Browser(world, networks, "Firefox", meeting)
        seen = fox.sees("Native")
        chromium = Browser(world, networks, "Chromium", meeting)
        check(close_to(seen["cells"], NATIVE_COLOURS), f"Firefox shows other colours: {seen}")
        seen = chromium.sees("Firefox", 30)
        check(close_to(seen["cells"], COLOURS["Firefox"]), f"Chromium shows other colours of Firefox: {seen}")
        seen = fox.sees("Chromium", 30)
        check(close_to(seen["cells"], COLOURS["Chromium"]), f"Firefox shows other colours of Chromium: {seen}")
        heard = chromium.ask(f"hear {NATIVE_TONE} 3000")["decibel"]
        world.note("Chromium hears", heard)
        check(heard[0] > -60 and heard[0] > heard[1] + 10, f"Chromium does not hear the native client: {heard}")
        # Without a device to play on, Firefox runs no AudioContext: neither does it make a tone, nor can it be listened to.
        heard = fox.ask(f"hear {NATIVE_TONE} 3000")["decibel"]
        world.note("Firefox hears", heard or "cannot be listened to: it has no device to play on here")
        check(heard is None or heard[0] > heard[1] + 10, f"Firefox does not hear the native client: {heard}")
        state = fox.ask("media")
        world.note("Firefox", state)
        check(sum(1 for s in state["sent"] if s.get("rid") and s["frames"] > 0) >= 1, f"Firefox sends no layer of its camera: {state}")
        check(len(state["sounds"]) >= 1 and max(state["sounds"]) > 200, f"no sound reaches Firefox: {state}")
        remotes = wait_until("the native client to see both", lambda: (r := native.remote_with_frames()) and len([x for x in r if x["frames_decoded"] > 60]) >= 2 and r, 60)
        check(all(r["decrypt_failures"] == 0 for r in remotes), f"frames did not open: {remotes}")
        page = fox.ask("clip firefox gallery")
        chromium.ask("clip firefox chromium gallery")
        check(not page["problems"], f"Firefox complains: {page['problems']}")
        fox.leave()
        chromium.leave()
