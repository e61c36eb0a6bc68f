"""A browser and native clients in one meeting: pictures and sound in both directions."""
import json
import pathlib
import shutil
import subprocess
import time

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
    """A video of four colours in which a grey square moves, so that no two frames are the same. Few frames: everybody codes each
    three times, browsers draw those of everybody, and two processors have all of them to serve."""
    rate = 8 if path.suffix == ".y4m" else 15
    sources = [a for c in colours for a in ("-f", "lavfi", "-i", f"color=c={c}:s=320x180:r={rate}:d={seconds}")]
    graph = ("[0][1][2][3]xstack=inputs=4:layout=0_0|320_0|0_180|320_180[q];"
             f"color=c=gray:s=40x40:r={rate}:d={seconds}[g];[q][g]overlay=x='300+mod(t*20,40)-20':y=160:shortest=1,format=yuv420p[v]")
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
    world.note("browser", {k: seen[k] for k in ("path", "negotiated", "first", "later", "sound", "badge", "joinedAfter")})
    check(seen["path"] is not None and seen["path"]["protocol"] == "udp", f"UDP is there, and the way is another: {seen['path']}")
    check(all(times == 1 for times in seen["negotiated"]), f"a connection was negotiated again: {seen['negotiated']}")
    check(close_to(seen["later"]["cells"], NATIVE_COLOURS), f"the browser shows other colours: {seen['later']}")
    check(abs(seen["sound"]["hertz"] - NATIVE_TONE) < 15 and seen["sound"]["decibel"] > -60, f"the browser plays another tone: {seen['sound']}")
    check(seen["badge"]["generation"] > 0 and seen["badge"]["opened"] > 60, f"frames are not opened by the core: {seen['badge']}")
    words = seen["badge"]["words"]
    for said in ("keys of the operator", "key service of the operator", "SFrame AES-256-GCM", "AEAD_AES_256_GCM"):
        check(said in words, f"the encryption panel does not say '{said}': {words}")
    check(seen["badge"]["narrowest"] >= 64, f"values of the encryption panel have no room: {seen['badge']['narrowest']} px")
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


@scenario("three browsers and a native host: waiting room, everybody sees everybody in the right colours, hostile names and chat stay text, removal makes new keys", crowd=True)
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
    check(together["chat"]["images"] == 0 and together["chat"]["title"] == "Sealhall" and not together["chat"]["bidi"], f"chat was not shown as text: {together['chat']}")
    for pair, shown in together["seen"].items():
        check(close_to(shown["cells"], NATIVE_COLOURS if pair.endswith(" Native") else BROWSER_COLOURS), f"{pair} in other colours: {shown}")
    for viewer, shown in together["hostile"].items():
        check(len(shown["shown"]) >= 1 and all("<img src=x" in text for text in shown["shown"]), f"{viewer} sees the name as {shown}")
        check(shown["images"] == 0 and shown["title"] != "1" and shown["apart"] and not shown["bidi"], f"a name that means harm, for {viewer}: {shown}")
        check(shown["muted"] and shown["others"] == 0, f"who came in muted, for {viewer}: {shown}")
    remote = wait_until("the native host to see all three", lambda: (r := native.remote_with_frames()) and len([x for x in r if x["frames_decoded"] > 60]) == 3 and r, 60)
    check(all(r["decrypt_failures"] == 0 for r in remote), f"frames did not open: {remote}")
    native.say('/remove Böl<img src=x onerror="document.title=1">ter')
    page.say("removed")
    rotated = told("rotated")
    world.note("rotated", {k: rotated[k] for k in ("after", "stay")})
    check(not any("Bölter" in name for name in rotated["stay"]), f"who was removed is still shown: {rotated['stay']}")
    for screen, findings in rotated["findings"].items():
        check(not findings, f"axe on {screen}: {findings}")
    check(not rotated["problems"], f"the pages complain: {rotated['problems']}")
    page.say("leave")
    check(page.wait(30) == 0, f"the browsers did not leave: {page.errors()[-1500:]}")


def first_screen(first: dict) -> None:
    """What one loads before one can type a name: how much, under which policy, and that the speaker's test plays."""
    sizes = {path: size for path, size in first["sizes"].items() if not path.endswith(".wasm")}
    check(len(sizes) > 3, f"hardly anything was loaded: {sizes}")
    check(sum(sizes.values()) <= 200_000, f"the first screen costs {sum(sizes.values())} bytes, gzipped: {sizes}")
    policy = {name: values for name, *values in (part.split() for part in first["headers"]["content-security-policy"].split(";"))}
    forbidden = {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "https:", "http:"}
    check(policy["default-src"] == ["'none'"] and "'self'" in policy["script-src"], f"the policy of the page: {policy}")
    check(not [v for values in policy.values() for v in values if v in forbidden], f"the policy of the page: {policy}")
    check("data:" not in policy["script-src"] and "blob:" not in policy["script-src"], f"the policy of the page: {policy}")
    check(policy["frame-ancestors"] == ["'none'"] and policy["base-uri"] == ["'none'"], f"the policy of the page: {policy}")
    check(not first["evaluated"], "a script that was written into the page ran")
    check(first["isolated"], f"the page shares its process with others: {first['headers']}")
    check("AUDIO" in first["played"], f"the speaker's test played nothing: {first['played']}")


@scenario("changed scripts (the first one, too), style, worker or core are refused by SRI, links that lead nowhere explain themselves, the first screen is small and strict")
def tampered(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Tampered")
    passcode = "open sesame"
    locked = server.create_meeting("With a passcode", passcode=passcode).split("?")[0]
    status, registered = server.request("POST", "/v2/users/me/meetings", {"topic": "With registration", "type": 2, "duration": 60, "settings": {"approval_type": 1},
                                                                         "start_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
    check(status == 201, f"the meeting with registration: {registered}")
    over = server.create_meeting("Over")
    status, answer = server.request("POST", f"/api/meetings/{over.split('?')[0].split('/')[-1]}/end", {})
    check(status < 300, f"ending it: {status} {answer}")
    status, brief = server.request("GET", "/v2/users/me/zak?ttl=1")
    check(status == 200, f"a start token that is over when it is used: {status} {brief}")
    starts = locked.replace("/j/", "/s/") + "?zak="
    links = {
        "start": (starts + "zak_wrong", "This meeting needs a passcode.", "Your link does not start this meeting"),
        "expired": (starts + brief["token"], "This meeting needs a passcode.", "Your link does not start this meeting, or not any more."),
        "passcode": (locked + "?pwd=wrong", "That passcode is not right.", "Please try again."),
        "registrant": (f"{server.url}/j/{registered['id']}?tk=wrong", "Please register for this meeting first", f"/register/{registered['id']}"),
    }
    process = browser(world, "tampered", link=meeting, wrong=f"{server.url}/j/99999999999", ended=over, passcode=passcode,
                      links={what: {"link": link, "says": says} for what, (link, says, _) in links.items()})
    seen = answer_of(process, 240)
    world.note("tampered", {k: v for k, v in seen.items() if k != "first"} | {"first screen": sum(seen["first"]["sizes"].values())})
    for what in ("entry", "style", "script", "meeting", "worker", "core"):
        check(seen[what]["changed"] > 0, f"the {what} was not changed: the test proves nothing")
        check(seen[what]["refused"] and not seen[what]["ran"], f"a changed {what} was taken: {seen[what]}")
    for what in ("entry", "script"):
        check(seen[what]["form"] == 0, f"the page works with a changed {what}: {seen[what]}")
    # A style does not run: none of its rules is there, neither what was added nor what was there before.
    check(seen["style"]["style"] == {"ground": "", "added": ""}, f"a changed style was taken: {seen['style']}")
    check(seen["first"]["style"]["ground"] and seen["entry"]["style"]["ground"], f"no style at all: the test proves nothing: {seen['first']['style']}, {seen['entry']}")
    first_screen(seen["first"])
    for what, (_, *sentences) in links.items():
        check(all(s in seen["links"][what]["text"] for s in sentences), f"a link with a wrong {what}: {seen['links'][what]}")
        check(not seen["links"][what]["findings"], f"axe on the {what}'s link: {seen['links'][what]['findings']}")
    check(all(seen["links"][what].get("inside") for what in ("start", "expired", "passcode")), f"the right passcode after a wrong link: {seen['links']}")
    check(seen["wrong"]["status"] == 404 and "No such meeting" in seen["wrong"]["text"], f"a wrong link: {seen['wrong']}")
    check(seen["ended"]["status"] == 410 and "This meeting has ended" in seen["ended"]["text"], f"a meeting that is over: {seen['ended']}")
    for what in ("wrong", "ended"):
        check(not seen[what]["findings"], f"axe on {what}: {seen[what]['findings']}")


@scenario("a browser that only has TURN over TLS sees and hears a native client", alone=True)
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
    world.note("browser", {k: seen[k] for k in ("path", "upAfter", "later", "sound", "joinedAfter")})
    check(seen["path"] is not None and seen["path"]["protocol"] == "tls", f"another path: {seen['path']}")
    check(seen["upAfter"][0] < 2000, f"the way over TLS is up too late: {seen['upAfter']} ms")
    # Two seconds for the way, and as much for what a join takes on a busy machine; alone it is less than one in all.
    check(seen["joinedAfter"] < 4000, f"too slow: {seen['joinedAfter']} ms")
    check(close_to(seen["later"]["cells"], NATIVE_COLOURS), f"the browser shows other colours: {seen['later']}")
    check(abs(seen["sound"]["hertz"] - NATIVE_TONE) < 15, f"the browser plays another tone: {seen['sound']}")
    wait_until("the native client to see the browser", lambda: any(r["frames_decoded"] > 60 for r in native.remote_with_frames()), 30)
    page.say("leave")
    check(page.wait(30) == 0, f"the browser did not leave: {page.errors()[-1500:]}")
