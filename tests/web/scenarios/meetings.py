"""A browser and native clients in one meeting: pictures and sound in both directions."""
import json
import pathlib
import shutil
import subprocess

import media
import numpy as np
from harness import ROOT, Process, Server, check, scenario, wait_until

WEB = pathlib.Path(__file__).resolve().parent.parent
# Four quadrants of plain colour, and a beeping tone: (left to right, top to bottom).
BROWSER_COLOURS, BROWSER_TONE = ("red", "lime", "blue", "white"), 880
NATIVE_COLOURS, NATIVE_TONE = ("yellow", "magenta", "black", "cyan"), 1320
RGB = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255), "yellow": (255, 255, 0),
       "magenta": (255, 0, 255), "black": (0, 0, 0), "cyan": (0, 255, 255)}


def tone(seconds: float, hertz: int) -> np.ndarray:
    """Half a second of the tone, half a second of silence: noise suppression takes a lasting tone for noise."""
    t = np.arange(int(seconds * media.RATE)) / media.RATE
    return 0.5 * np.sin(2 * np.pi * hertz * t) * ((t % 1.0) < 0.5)


def quadrants(path: pathlib.Path, colours, seconds: int, *inputs: str) -> None:
    """A video of four colours in which a grey square moves, so that no two frames are the same."""
    sources = [a for c in colours for a in ("-f", "lavfi", "-i", f"color=c={c}:s=320x180:r=30:d={seconds}")]
    graph = ("[0][1][2][3]xstack=inputs=4:layout=0_0|320_0|0_180|320_180[q];"
             f"color=c=gray:s=40x40:r=30:d={seconds}[g];[q][g]overlay=x='300+mod(t*20,40)-20':y=160:shortest=1,format=yuv420p[v]")
    media.run("ffmpeg", "-v", "error", "-y", *sources, *inputs, "-filter_complex", graph, "-map", "[v]", *(("-map", "4:a") if inputs else ()),
              *(("-c:v", "ffv1") if path.suffix == ".mkv" else ()), str(path))


def close_to(cells, colours) -> bool:
    """Whether the means of the quadrants are the colours; codecs and limited range cost some."""
    return len(cells) == 4 and all(max(abs(a - b) for a, b in zip(cell, RGB[colour])) < 70 for cell, colour in zip(cells, colours))


def share_of_tone(samples: np.ndarray, hertz: int) -> float:
    """How much of the energy of the loud parts lies within 30 Hz of the tone."""
    size = 4096
    best = 0.0
    for start in range(0, len(samples) - size, size):
        part = samples[start:start + size]
        if np.sqrt(np.mean(part ** 2)) < 0.02:
            continue
        power = np.abs(np.fft.rfft(part * np.hanning(size))) ** 2
        frequency = np.fft.rfftfreq(size, 1 / media.RATE)
        best = max(best, power[np.abs(frequency - hertz) < 30].sum() / power.sum())
    return float(best)


def browser(world, script: str, **wanted) -> Process:
    node = shutil.which("node")
    return world.process(script, [node, str(WEB / f"{script}.mjs"), json.dumps({k: str(v) if isinstance(v, pathlib.Path) else v for k, v in wanted.items()})],
                         stdin=True)


def answer_of(process: Process, seconds: float = 90) -> dict:
    def line():
        found = next((x for x in process.lines if x.startswith("{")), None)
        check(found is not None or process.running(), f"{process.name} ended:\n{process.errors()[-3000:]}")
        return found
    return json.loads(wait_until(f"{process.name} to say what it saw", line, seconds))


@scenario("a browser and a native client see and hear each other: frames counted, pixels and tone checked in both directions")
def browser_and_native(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Browser and native")
    quadrants(world.folder / "camera.y4m", BROWSER_COLOURS, 4)
    media.write_wav(world.folder / "microphone.wav", tone(4, BROWSER_TONE))
    media.write_wav(world.folder / "native.wav", tone(8, NATIVE_TONE))
    quadrants(world.folder / "native.mkv", NATIVE_COLOURS, 8, "-i", str(world.folder / "native.wav"))
    clip = world.folder / "native.mkv"
    native = server.join(meeting, "Native", "--audio", clip, "--video", clip, "--loop", "--record", world.folder / "record", stdin=True)
    wait_until("the native client to be in the meeting", lambda: native.last().get("state") == "joined", 20)
    page = browser(world, "with_native", link=meeting, native="Native", y4m=world.folder / "camera.y4m", wav=world.folder / "microphone.wav")
    seen = answer_of(page)
    world.note("browser", {k: seen[k] for k in ("first", "later", "sound", "badge", "joinedAfter")})
    check(close_to(seen["later"]["cells"], NATIVE_COLOURS), f"the browser shows other colours: {seen['later']}")
    check(abs(seen["sound"]["hertz"] - NATIVE_TONE) < 15 and seen["sound"]["decibel"] > -60, f"the browser plays another tone: {seen['sound']}")
    check(seen["badge"]["generation"] > 0 and seen["badge"]["opened"] > 60, f"frames are not opened by the core: {seen['badge']}")
    check(not seen["elsewhere"], f"the page asked others: {seen['elsewhere']}")
    check(not seen["problems"], f"the page complains: {seen['problems']}")
    for screen, findings in seen["findings"].items():
        check(not findings, f"axe on {screen}: {findings}")
    remote = wait_until("the native client to see the browser", lambda: next((r for r in native.remote_with_frames() if r["frames_decoded"] > 60), None), 30)
    check(remote["decrypt_failures"] == 0, f"frames did not open: {remote}")
    page.say("leave")
    check(page.wait(30) == 0, f"the browser did not leave: {page.errors()[-1500:]}")
    native.stop()
    recording = world.recording(world.folder / "record", "Browser")
    raw = media.run("ffmpeg", "-v", "error", "-i", str(recording), "-fps_mode", "passthrough", "-vf", "scale=320:180", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    frames = np.frombuffer(raw, np.uint8)[:len(raw) // (320 * 180 * 3) * 320 * 180 * 3].reshape(-1, 180, 320, 3)
    check(len(frames) > 60, f"only {len(frames)} pictures recorded")
    picture = frames[len(frames) // 2]
    cells = [picture[y - 2:y + 2, x - 2:x + 2].mean(axis=(0, 1)) for y in (45, 135) for x in (80, 240)]
    check(close_to(cells, BROWSER_COLOURS), f"the native client records other colours: {cells}")
    share = share_of_tone(media.read_audio(recording), BROWSER_TONE)
    world.note("native", {"frames": len(frames), "share of tone": share})
    check(share > 0.5, f"the native client hears another tone: {share}")


@scenario("three browsers and a native host: waiting room, everybody sees everybody, hostile chat stays text, removal makes new keys")
def three_browsers(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Three browsers", waiting_room=True)
    quadrants(world.folder / "camera.y4m", BROWSER_COLOURS, 4)
    media.write_wav(world.folder / "microphone.wav", tone(4, BROWSER_TONE))
    media.write_wav(world.folder / "native.wav", tone(8, NATIVE_TONE))
    quadrants(world.folder / "native.mkv", NATIVE_COLOURS, 8, "-i", str(world.folder / "native.wav"))
    clip = world.folder / "native.mkv"
    native = server.join(meeting, "Native", "--audio", clip, "--video", clip, "--loop", host=True, stdin=True)
    wait_until("the host to be in the meeting", lambda: native.last().get("state") == "joined", 20)
    page = browser(world, "three_browsers", link=meeting, native="Native", y4m=world.folder / "camera.y4m", wav=world.folder / "microphone.wav")

    def told(what: str, seconds: float = 150) -> dict:
        def line():
            found = next((x for x in (json.loads(y) for y in page.lines if y.startswith("{")) if x["what"] == what), None)
            check(found is not None or page.running(), f"the browsers ended:\n{page.errors()[-3000:]}")
            return found
        return wait_until(f"the browsers to say '{what}'", line, seconds)

    waiting = told("waiting")
    check(waiting["early"] == [0, 0, 0], f"somebody sees the meeting while waiting: {waiting}")
    native.say("/admit")
    page.say("admitted")
    together = told("together")
    world.note("together", together)
    check(len(together["seen"]) == 9, f"not everybody sees everybody: {together}")
    check(together["chat"]["images"] == 0 and together["chat"]["title"] == "Sealhall", f"chat was not shown as text: {together['chat']}")
    native.say("/remove Bölter")
    page.say("removed")
    rotated = told("rotated")
    world.note("rotated", {k: rotated[k] for k in ("after", "stay")})
    check(not any("Bölter" in name for name in rotated["stay"]), f"who was removed is still shown: {rotated['stay']}")
    for screen, findings in rotated["findings"].items():
        check(not findings, f"axe on {screen}: {findings}")
    check(not rotated["problems"], f"the pages complain: {rotated['problems']}")
    page.say("leave")
    check(page.wait(30) == 0, f"the browsers did not leave: {page.errors()[-1500:]}")


@scenario("a script, a worker or a core that was changed on its way is refused by SRI, and a wrong link explains itself")
def tampered(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Tampered")
    seen = answer_of(browser(world, "tampered", link=meeting, wrong=f"{server.url}/j/99999999999"))
    world.note("tampered", seen)
    for what in ("script", "worker", "core"):
        check(seen[what]["changed"] > 0, f"the {what} was not changed: the test proves nothing")
        check(seen[what]["refused"] and not seen[what]["ran"], f"a changed {what} was taken: {seen[what]}")
    check(seen["script"]["form"] == 0, f"the page works with a changed script: {seen['script']}")
    check(seen["wrong"]["status"] == 404 and "No such meeting" in seen["wrong"]["text"], f"a wrong link: {seen['wrong']}")


@scenario("a browser that only has TURN over TLS sees and hears a native client")
def browser_without_udp(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Without UDP")
    media.write_wav(world.folder / "native.wav", tone(8, NATIVE_TONE))
    quadrants(world.folder / "native.mkv", NATIVE_COLOURS, 8, "-i", str(world.folder / "native.wav"))
    clip = world.folder / "native.mkv"
    native = server.join(meeting, "Native", "--audio", clip, "--video", clip, "--loop", stdin=True)
    wait_until("the native client to be in the meeting", lambda: native.last().get("state") == "joined", 20)
    page = browser(world, "with_native", link=meeting, native="Native", relay="only")
    seen = answer_of(page)
    world.note("browser", {k: seen[k] for k in ("path", "later", "sound", "joinedAfter")})
    check(seen["path"] is not None and seen["path"]["protocol"] == "tls", f"another path: {seen['path']}")
    # Two seconds for the way, and as much for what a join takes on a busy machine; alone it is less than one in all.
    check(seen["joinedAfter"] < 4000, f"too slow: {seen['joinedAfter']} ms")
    check(close_to(seen["later"]["cells"], NATIVE_COLOURS), f"the browser shows other colours: {seen['later']}")
    check(abs(seen["sound"]["hertz"] - NATIVE_TONE) < 15, f"the browser plays another tone: {seen['sound']}")
    wait_until("the native client to see the browser", lambda: any(r["frames_decoded"] > 60 for r in native.remote_with_frames()), 30)
    page.say("leave")
    check(page.wait(30) == 0, f"the browser did not leave: {page.errors()[-1500:]}")
