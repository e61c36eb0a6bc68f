"""What a browser does on the device itself: blurring what is behind a person, and captions."""
import media
from harness import ROOT, Server, check, scenario
from meetings import BROWSER_TONE, answer_of, browser, tone


@scenario("on the device: what is behind a person is blurred by the page alone, and captions come from a recogniser that works locally, or not at all")
def on_the_device(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Weekly planning")
    # Large pixels: every one of them is an edge that a blur takes away.
    media.run("ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "128x72", "-i", str(ROOT / "web/test/golden/person.rgb"),
              "-vf", "scale=640:360:flags=neighbor,loop=60:1:0,fps=30,format=yuv420p", str(world.folder / "camera.y4m"))
    media.write_wav(world.folder / "microphone.wav", tone(4, BROWSER_TONE))
    page = browser(world, "device", link=meeting, y4m=world.folder / "camera.y4m", wav=world.folder / "microphone.wav")
    seen = answer_of(page, 420)
    world.note("device", {k: v for k, v in seen.items() if k != "findings"})

    before, after = seen["blur"]["before"], seen["blur"]["after"]
    check(before["behind"] > 3 and before["person"] > 3, f"the camera shows nothing to blur: {before}")
    check(after["behind"] < before["behind"] * 0.4, f"the background is not blurred: {seen['blur']}")
    check(after["person"] > before["person"] * 0.6, f"the person is blurred: {seen['blur']}")
    check(seen["track"]["width"] == 640 and seen["track"]["height"] == 360, f"the size of what is sent is not known: {seen['track']}")
    # A busy machine may give up, and then has said so; one that has not shows pictures.
    check(seen["pace"]["lost"] == 1 or seen["pace"]["frames"] > 40, f"it neither keeps up nor says so: {seen['pace']}")
    check(seen["model"] == 1 and not seen["elsewhere"], f"asked for: {seen['model']} models, and of others {seen['elsewhere']}")

    check(seen["absent"] == {"keys": 0, "why": 1, "area": 0}, f"without a recogniser: {seen['absent']}")
    check(seen["started"] == {"local": True, "lang": "en-US", "kind": "audio"}, f"the recogniser was started otherwise: {seen['started']}")
    check(seen["loud"]["moments"] >= 6, f"the recogniser hears hardly anything: {seen['loud']}")
    check(len(seen["lines"]) == 2 and seen["lines"][0].startswith("you") and "Good morning, everybody." in seen["lines"][0], f"lines: {seen['lines']}")
    check("<b>then</b> we look" in seen["lines"][1], f"text that deceives: {seen['lines']}")
    check("And then we look at the budget." in seen["spoken"], f"not read aloud: {seen['spoken']}")
    check(seen["ended"], "the recogniser goes on when captions are off")
    check(not seen["problems"], f"the page complains: {seen['problems']}")
    for screen, findings in seen["findings"].items():
        check(not findings, f"axe on {screen}: {findings}")
