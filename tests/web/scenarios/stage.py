"""How the meeting looks and feels: every screen of pre-join and stage, in light, dark, on a phone, right to left and in Chinese."""
import json

import media
from harness import Server, check, scenario, wait_until
from meetings import BROWSER_COLOURS, BROWSER_TONE, NATIVE_COLOURS, NATIVE_TONE, browser, quadrants, tone

QUIET = ["Ruth", "Omar"]


@scenario("every screen of pre-join and stage: views, pins, share side by side, devices, quality and encryption; axe finds nothing on any", long=True, crowd=True)
def stage(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Weekly planning")
    quadrants(world.folder / "camera.y4m", BROWSER_COLOURS, 4)
    media.write_wav(world.folder / "microphone.wav", tone(4, BROWSER_TONE))
    media.write_wav(world.folder / "native.wav", tone(8, NATIVE_TONE))
    quadrants(world.folder / "native.mkv", NATIVE_COLOURS, 8, "-i", str(world.folder / "native.wav"))
    clip = world.folder / "native.mkv"
    native = server.join(meeting, "Native", "--audio", clip, "--video", clip, "--loop", host=True, stdin=True)
    quiet = [server.join(meeting, name, stdin=True) for name in QUIET]
    for client in (native, *quiet):
        wait_until("a native client to be in the meeting", lambda c=client: c.last().get("state") == "joined", 20)
    page = browser(world, "stage", link=meeting, native="Native", quiet=QUIET, y4m=world.folder / "camera.y4m", wav=world.folder / "microphone.wav")

    def told(what: str, seconds: float) -> dict:
        def line():
            found = next((x for x in (json.loads(y) for y in page.lines if y.startswith("{")) if x["what"] == what), None)
            check(found is not None or page.running(), f"the browser ended:\n{page.errors()[-4000:]}")
            return found
        return wait_until(f"the browser to say '{what}'", line, seconds)

    told("inside", 420)
    native.say("/cohost Ada Lovelace")
    seen = told("done", 600)
    world.note("stage", {k: v for k, v in seen.items() if k not in ("findings", "chinese")})

    check(seen["help"] == 1, "refused permission is not explained for this browser")
    check(seen["devices"]["level"] and seen["devices"]["stopped"] and seen["devices"]["offered"] >= seen["devices"]["cameras"] >= 1, f"devices: {seen['devices']}")
    manifest = seen["manifest"]
    check(not manifest["errors"] and set(manifest["not"]) <= {"in-incognito"} and manifest["icons"] == ["image/svg+xml", "image/png", "image/png", "image/svg+xml"],
          f"cannot be installed: {manifest}")
    check(seen["closed"] and seen["focus"], "Escape does not close a panel, or the focus is lost")
    check(seen["popOut"] and seen["popped"], "the videos do not go into the small window")
    check(all(part.strip() == "0s" for part in seen["motion"].split(",")), f"something moves where nothing shall: {seen['motion']}")
    sizes = {(round(b["width"]), round(b["height"])) for b in seen["gallery"].values()}
    check(len(sizes) == 1 and len(seen["gallery"]) == 4, f"the gallery is not of equal tiles: {seen['gallery']}")
    large = seen["speaker"]["Native"]
    check(all(large["width"] > 2.5 * b["width"] for name, b in seen["speaker"].items() if name != "Native"), f"the speaker is not large: {seen['speaker']}")
    # Views, pins and "sound only" have shown others in other places six times. What is negotiated once is each connection; a second one
    # belongs to a new transport, which a silence of the machine may bring (docs/decisions/0020-the-server-offers.md).
    # Later somebody has come, been seen beside others, begun and ended a shared screen with its sound: at neither end was that negotiated.
    for when, counts in {"at first": seen["negotiated"], **seen["negotiatedLater"]}.items():
        check(set(counts) == {1} and len(counts) <= 2, f"who is shown or sends was negotiated ({when}): {counts}")
    check(not seen["alone"], "one's own picture is still there when it is hidden")
    check(seen["quality"]["path"] == "udp" and float(seen["quality"]["roundTrip"]) < 1000 and "AES_256_GCM" in seen["quality"]["text"], f"quality: {seen['quality']}")
    for word in ("SFrame AES-256-GCM", "DTLS-SRTP", "own program", "browser", "key service"):
        check(word in seen["encryption"], f"the encryption panel does not say '{word}': {seen['encryption']}")
    check(seen["contrast"] == "more", "high contrast does not switch on")
    share, own = seen["side"]["Bo (share)"], seen["side"]["Ada Lovelace (you)"]
    check(share["width"] > 3 * own["width"] and own["x"] > share["x"] + share["width"] - 1, f"not side by side: {seen['side']}")
    check(seen["enlarged"]["transform"].startswith("matrix(1.5, 0, 0, 1.5") and seen["whole"] == "false", f"the shared screen enlarged: {seen['enlarged']}, {seen['whole']}")
    check(seen["enlarged"]["origin"] < seen["enlarged"]["width"] / 2, f"an arrow key does not move it: {seen['enlarged']}")
    check(seen["sharedSound"] > -60 and seen["soundAfter"] < seen["sharedSound"] - 20, f"the sound of the screen: {seen['sharedSound']} dB, then {seen['soundAfter']} dB")
    check(seen["mobilePrejoin"] and seen["mobile"]["fits"] and seen["mobile"]["tiles"] == 4 and seen["mobile"]["second"] == 1, f"on a phone: {seen['mobile']}")
    check(seen["zoom"]["fits"] and seen["zoom"]["leave"], f"at 200 %: {seen['zoom']}")
    check(seen["rtl"]["own"]["x"] > seen["rtl"]["other"]["x"], f"right to left is not turned: {seen['rtl']}")
    # The button above the videos, and the heading of the open panel.
    check("檢視" in seen["chinese"] and "您的連線品質" in seen["chinese"], f"the Chinese page is not Chinese: {seen['chinese']}")
    check("microphone, camera and shared screen are off" in seen["broken"], f"a page that breaks says: {seen['broken']}")
    check(not seen["problems"], f"the page complains: {seen['problems']}")
    found = {screen: findings for screen, findings in seen["findings"].items() if findings}
    check(not found, f"axe: {found}")
    for client in (native, *quiet):
        client.stop()
