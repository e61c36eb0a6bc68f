"""VP9 between browsers that like it, and VP8 for everybody as soon as somebody is there who takes nothing else."""
from firefox import Browser, meeting_in_networks, native_in
from harness import check, scenario, wait_until

LIKES_VP9 = {"video.codec": "vp9"}


def sends(browser: Browser, codec: str, seconds: float = 60) -> dict:
    """What the browser says when all that it goes on sending is of this codec."""
    before: dict = {}

    def look():
        nonlocal before
        state = browser.ask("media")
        frames = {s.get("rid"): s["frames"] for s in state["sent"]}
        moved = [s for s in state["sent"] if s["frames"] > before.get(s.get("rid"), s["frames"]) + 5]
        if any(s["codec"] != f"video/{codec}" for s in moved):
            before = {}
        # An encoder that was made anew counts from nothing.
        before = {rid: min(before.get(rid, count), count) for rid, count in frames.items()}
        return state if moved and all(s["codec"] == f"video/{codec}" for s in moved) else None
    return wait_until(f"{browser.name} to send {codec}", look, seconds)


def receives(browser: Browser, codec: str, seconds: float = 30) -> None:
    def look():
        received = browser.ask("media")["received"]
        return received if any(r["codec"] == f"video/{codec}" for r in received) else None
    wait_until(f"{browser.name} to be shown {codec}", look, seconds)


@scenario("two browsers that like VP9 send it to each other; a native client comes, and all see each other in VP8; it leaves, and VP9 comes back", crowd=True)
def vp9_until_somebody_cannot(world):
    with meeting_in_networks(world, "VP9") as (networks, server, meeting):
        first = Browser(world, networks, "Chromium one", meeting, memory=LIKES_VP9)
        second = Browser(world, networks, "Chromium two", meeting, memory=LIKES_VP9)
        first.sees("Chromium two")
        second.sees("Chromium one")
        state = sends(first, "VP9")
        world.note("encoders of this Chromium", sorted(set(state["encoders"])))
        sends(second, "VP9")
        receives(first, "VP9")
        receives(second, "VP9")
        first.moves("Chromium two")

        native = native_in(world, server, meeting)
        for browser in (first, second):
            sends(browser, "VP8")
            browser.sees("Native", 5)
        first.moves("Chromium two")
        second.moves("Chromium one")
        remotes = wait_until("the native client to see both", lambda: (r := native.remote_with_frames()) and len([x for x in r if x["frames_decoded"] > 60]) >= 2 and r, 60)
        check(all(r["decrypt_failures"] == 0 for r in remotes), f"frames did not open: {remotes}")
        check(all(browser.ask("media")["made"] == 1 for browser in (first, second)), "another connection was needed")

        native.stop()
        # More is allowed 10 s after it has become possible.
        for browser in (first, second):
            sends(browser, "VP9", 90)
        first.moves("Chromium two")
        page = first.ask("clip vp9")
        check(not page["problems"], f"the page complains: {page['problems']}")
        first.leave()
        second.leave()


@scenario("a browser that likes H.264 sends it, where this Chromium has an encoder, to one that sends VP8; a native client comes, and it is VP8", crowd=True)
def h264_until_somebody_cannot(world):
    with meeting_in_networks(world, "H.264") as (networks, server, meeting):
        first = Browser(world, networks, "Chromium one", meeting, memory={"video.codec": "h264"})
        second = Browser(world, networks, "Chromium two", meeting)
        first.sees("Chromium two")
        second.sees("Chromium one")
        encoders = set(first.ask("media")["encoders"])
        world.note("encoders of this Chromium", sorted(encoders))
        has_it = "video/H264" in encoders
        sends(first, "H264" if has_it else "VP8")
        sends(second, "VP8")
        if has_it:
            receives(second, "H264")
        else:
            print("SKIPPED h264_until_somebody_cannot: this Chromium has no encoder of H.264; that it goes on with VP8 is seen", flush=True)
        second.moves("Chromium one")
        native_in(world, server, meeting)
        sends(first, "VP8")
        second.moves("Chromium one")
        first.leave()
        second.leave()


@scenario("a browser that likes VP9 sends it to Firefox, which has said that it takes it, and they see each other", crowd=True)
def vp9_and_firefox(world):
    with meeting_in_networks(world, "VP9 and Firefox") as (networks, server, meeting):
        chromium = Browser(world, networks, "Chromium", meeting, memory=LIKES_VP9)
        fox = Browser(world, networks, "Firefox", meeting, memory=LIKES_VP9)
        chromium.sees("Firefox")
        fox.sees("Chromium")
        sends(chromium, "VP9")
        receives(fox, "VP9")
        chromium.moves("Firefox")
        fox.moves("Chromium")
        chromium.leave()
        fox.leave()
