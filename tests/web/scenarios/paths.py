"""What browsers do when their way to the meeting breaks: another address, no UDP, a media worker or the whole server gone."""
import os
import signal
import time

from firefox import COLOURS, Browser, meeting_in_networks, native_in
from harness import check, lives, scenario, wait_until
from meetings import NATIVE_COLOURS, close_to
from networks import SERVER


def both_again(world, what: str, fox: Browser, chromium: Browser, breaks, seconds: float = 60) -> dict:
    """Calls `breaks`; seconds until each sees pictures over a connection that was made after it. In the end they see each other."""
    made = {browser.name: browser.ask("media")["made"] for browser in (chromium, fox)}
    start = time.time()
    breaks()
    try:
        took = {browser.name: round(browser.again(made[browser.name] + 1, seconds=seconds) - start, 2) for browser in (chromium, fox)}
    except AssertionError:
        for browser in (chromium, fox):  # who does not see the other may not be the one who did not come back
            print(browser.name, browser.ask(f"clip failed {browser.name}")["text"], browser.ask("media"), flush=True)
        raise
    world.note(what, took)
    chromium.moves("Firefox")
    fox.moves("Chromium")
    return took


def guarded(browser: Browser) -> dict:
    """Every sender and receiver of every connection had its transform before anything could flow."""
    state = browser.ask("media")
    check(len(state["guards"]) > 0 and all(g["guarded"] for g in state["guards"]), f"frames could pass {browser.name} without a transform: {state['guards']}")
    return state


@scenario("a media worker is killed, then the network changes: both browsers have a new transport within seconds and stay in the roster", alone=True)
def transport_renewed(world):
    with meeting_in_networks(world, "Transports") as (networks, server, meeting):
        native = native_in(world, server, meeting)
        fox = Browser(world, networks, "Firefox", meeting)
        chromium = Browser(world, networks, "Chromium", meeting)
        fox.sees("Chromium", 30)
        chromium.sees("Firefox", 30)

        def roster():
            return {r["participant"]: r["name"] for r in native.last()["remotes"]}
        before = roster()
        check(sorted(before.values()) == ["Chromium", "Firefox"], f"the roster: {before}")

        def kill_workers():
            for pid in server.children("media"):
                os.kill(pid, signal.SIGKILL)
        took = both_again(world, "a killed worker", fox, chromium, kill_workers)
        check(max(took.values()) < 15, f"too slow: {took}")
        for browser in (fox, chromium):
            state = guarded(browser)
            check(state["made"] >= 2, f"{browser.name} has no new connection: {state['made']}")
        took = both_again(world, "another address", fox, chromium, lambda: networks.give("192.0.2.3"))
        # The connection to the server is dead as well, and nobody says so: it takes what ICE needs to give up the old way, then a new join.
        check(max(took.values()) < 30, f"too slow: {took}")
        check(roster() == before, f"somebody left the roster: {before}, then {roster()}")
        check(not native.happened("gone"), f"somebody left: {native.happened('gone')}")
        seen = chromium.sees("Firefox", 5)
        check(close_to(seen["cells"], COLOURS["Firefox"]), f"Chromium shows other colours: {seen}")
        fox.leave()
        chromium.leave()


def udp_again(world, networks, native, *browsers: Browser) -> None:
    """UDP works again: within 30 s these, who are on TLS, are over UDP in both directions, and see the native client and are seen."""
    for browser in browsers:  # for some 15 s a browser's own checks would find UDP
        wait_until(f"{browser.name} to have given UDP up", lambda browser=browser: browser.ask("media")["trying"] == 0, 45)
    made = {browser.name: browser.ask("media")["made"] for browser in browsers}
    networks.unblock()
    start = time.time()
    took = {}
    for browser in browsers:
        wait_until(f"{browser.name} to be over UDP again", lambda browser=browser: (browser.ask("media")["local"] or {}).get("protocol") == "udp", 35)
        took[browser.name] = round(time.time() - start, 2)
    before = sum(r["frames_decoded"] for r in native.remote_with_frames())
    for browser in browsers:
        over = browser.ask("media")["local"]
        browser.moves("Native")
        state = guarded(browser)
        now = state["local"]
        check(now["protocol"] == "udp" and all(now[way] > over[way] for way in ("sent", "received")), f"{browser.name} is not over UDP in both directions: {over}, then {now}")
        # Who changes by itself has made none for it; one more is a new transport.
        check(state["made"] - made[browser.name] <= 1, f"{browser.name} made {state['made']} connections, {made[browser.name]} of them before")
    wait_until("the native client to see them", lambda: sum(r["frames_decoded"] for r in native.remote_with_frames()) > before + 30, 30)
    check(all(r["decrypt_failures"] == 0 for r in native.remote_with_frames()), f"frames did not open: {native.last()}")
    world.note("UDP again", {"seconds": took, "connections": {browser.name: browser.ask("media")["made"] - made[browser.name] for browser in browsers}})
    check(max(took.values()) < 30, f"too slow: {took}")


@scenario("UDP is blocked in the middle of a meeting: within 2 s media goes on in both directions over TURN and TLS; blocked from the start it begins there as soon; \
UDP works again: within 30 s it is over UDP in both directions", alone=True)
def udp_blocked_mid_meeting(world):
    with meeting_in_networks(world, "No UDP") as (networks, server, meeting):
        native = native_in(world, server, meeting)
        chromium = Browser(world, networks, "Chromium", meeting)
        chromium.sees("Native", 30)

        def seen_by_native() -> int:
            return sum(r["frames_decoded"] for r in native.remote_with_frames())
        wait_until("the native client to see the browser", lambda: seen_by_native() > 30, 30)
        state = chromium.ask("media")
        check(state["local"]["protocol"] == "udp" and state["made"] == 1, f"another path: {state}")
        start = time.time()
        networks.block_udp()
        took = chromium.again(2, frames=1) - start
        state = guarded(chromium)
        world.note("UDP blocked", {"seconds": took, "path": state["local"], "connections": state["made"]})
        check(state["local"]["protocol"] == "tls", f"another path: {state}")
        check(took < 2, f"too slow: {took}")
        before = seen_by_native()
        wait_until("the native client to see the browser again", lambda: seen_by_native() > before + 30, 30)
        check(all(r["decrypt_failures"] == 0 for r in native.remote_with_frames()), f"frames did not open: {native.last()}")
        late = Browser(world, networks, "Chromium late", meeting)
        took = late.again(1, frames=1) - late.clicked / 1000
        world.note("UDP blocked before", {"seconds": took, "path": late.ask("media")["local"]})
        check(close_to(late.sees("Native", 10)["cells"], NATIVE_COLOURS), "other colours over TLS")
        check(took < 2, f"too slow: {took}")
        # Nothing renews what goes well: the connections are still those.
        made = {browser.name: browser.ask("media")["made"] for browser in (chromium, late)}
        check(made == {"Chromium": 2, "Chromium late": 1}, f"connections were made without need: {made}")
        udp_again(world, networks, native, chromium, late)
        chromium.leave()
        late.leave()


@scenario("Firefox where UDP is blocked: it begins over TURN and TLS, and when UDP works again it is over UDP in both directions within 30 s")
def udp_again_in_firefox(world):
    with meeting_in_networks(world, "UDP again", "--name", "meet.test") as (networks, server, meeting):
        native = native_in(world, server, meeting)
        networks.block_udp()
        # It takes TURN over TLS from a server with a name only, and whose certificate it trusts.
        link = meeting.replace(SERVER, "meet.test")
        check(link != meeting, f"no address in {meeting}")
        fox = Browser(world, networks, "Firefox", link, authority=str(server.ca), resolve=SERVER)
        fox.sees("Native", 30)
        state = fox.ask("media")
        check(state["local"]["protocol"] == "tls", f"another path: {state}")
        udp_again(world, networks, native, fox)
        fox.leave()


@scenario("the server is killed in the middle of a meeting and started again: both browsers come back by themselves and see each other", alone=True)
def server_restarted(world):
    with meeting_in_networks(world, "Restart") as (networks, server, meeting):
        fox = Browser(world, networks, "Firefox", meeting)
        chromium = Browser(world, networks, "Chromium", meeting)
        fox.sees("Chromium", 30)
        chromium.sees("Firefox", 30)
        for how in (signal.SIGKILL, signal.SIGTERM):
            pid = server.process.pid
            children = [p for role in ("media", "kms", "control", "recorder") for p in server.children(role)]

            def restart(how=how, pid=pid, children=children):
                os.kill(pid, how)
                server.process.wait(20)
                wait_until("its processes to end", lambda: not any(lives(p) for p in children), 20)
                server.start()
            took = both_again(world, f"restarted after {how.name}", fox, chromium, restart, 90)
            check(max(took.values()) < 60, f"too slow: {took}")
        seen = fox.sees("Chromium", 5)
        check(close_to(seen["cells"], COLOURS["Chromium"]), f"Firefox shows other colours: {seen}")
        fox.leave()
        chromium.leave()


@scenario("on a path that loses much it is said why it is bad, and smaller pictures are asked for; on a good one larger ones again")
def quality_follows(world):
    with meeting_in_networks(world, "Losses") as (networks, server, meeting):
        native_in(world, server, meeting)
        chromium = Browser(world, networks, "Chromium", meeting)
        chromium.sees("Native", 30)
        chromium.ask("press .quality-badge")

        def said(*sentences: str, seconds: float) -> float:
            start = time.monotonic()
            wait_until(f"{sentences} in the panel", lambda: all(s in chromium.ask("read .panel")["text"] for s in sentences), seconds)
            return round(time.monotonic() - start, 1)
        said("There and back", seconds=20)
        check("at most" not in chromium.ask("read .panel")["text"], "smaller pictures are asked for on a good path")
        networks.lose(30)
        took = {"down": said("Much of what is sent to you is lost.", "are asked for with at most", seconds=60)}
        chromium.ask("clip quality losses")
        networks.lose(0)
        start = time.monotonic()
        wait_until("larger pictures", lambda: "at most" not in chromium.ask("read .panel")["text"], 120)
        took["up"] = round(time.monotonic() - start, 1)
        world.note("seconds", took)
        chromium.moves("Native")
        chromium.leave()


@scenario("where only createEncodedStreams exists: sealed and opened all the same, in both directions")
def encoded_streams(world):
    with meeting_in_networks(world, "Encoded streams") as (networks, server, meeting):
        native = native_in(world, server, meeting)
        chromium = Browser(world, networks, "Chromium", meeting, without="script")
        seen = chromium.sees("Native", 30)
        check(close_to(seen["cells"], NATIVE_COLOURS), f"other colours: {seen}")
        remote = wait_until("the native client to see the browser", lambda: next((r for r in native.remote_with_frames() if r["frames_decoded"] > 60), None), 30)
        check(remote["decrypt_failures"] == 0, f"frames did not open: {remote}")
        state = guarded(chromium)
        check(state["streams"] >= len(state["guards"]), f"the frames went another way: {state}")
        chromium.leave()
