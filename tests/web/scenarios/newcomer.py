"""Everything in one go: what somebody does who has `./dev run`, a browser and the link that it printed."""
import harness
import media
from doing import Story
from harness import PASSWORD, check, scenario, wait_until
from meetings import BROWSER_COLOURS, BROWSER_TONE, NATIVE_COLOURS, NATIVE_TONE, browser, close_to, quadrants, share_of_tone, tone
from pages import link_of, named

# Far from each other, and none near twice another.
TONES = {"Ada": BROWSER_TONE, "Bob": 640, "Carol": 1100, "Native": NATIVE_TONE}


@scenario("from the printed link to the end, by mouse: set up, scheduled, three browsers and a native client let in, each seen and heard by each, chat, poll, share, recording, removal with new keys, ended in the console, played back", long=True, crowd=True)
def newcomer(world):
    server = named(world)
    quadrants(world.folder / "camera.y4m", BROWSER_COLOURS, 4)
    media.write_wav(world.folder / "microphone.wav", tone(4, BROWSER_TONE))
    media.write_wav(world.folder / "native.wav", tone(8, NATIVE_TONE))
    quadrants(world.folder / "native.mkv", NATIVE_COLOURS, 8, "-i", str(world.folder / "native.wav"))
    clip = world.folder / "native.mkv"
    story = Story(browser(world, "newcomer", link=link_of(server), password=PASSWORD, sealhall=str(harness.BIN / "sealhall"), story="newcomer",
                          tones=TONES, y4m=world.folder / "camera.y4m", wav=world.folder / "microphone.wav"))
    link = story.told("begun", 180)["link"].replace("//localhost:", "//127.0.0.1:")
    native = server.join(link, "Native", "--audio", clip, "--video", clip, "--loop", "--record", world.folder / "record", stdin=True)
    wait_until("the native client to wait", lambda: native.last().get("state") == "waiting", 20)
    story.say("native waits")

    together = story.told("together", 300)
    check(len(together["seen"]) == 9, f"not everybody sees everybody: {list(together['seen'])}")
    for pair, shown in together["seen"].items():
        check(close_to(shown["cells"], NATIVE_COLOURS if pair.endswith(" Native") else BROWSER_COLOURS), f"{pair} in other colours: {shown}")
    world.note("loudness", together["sounds"])
    check(set(together["sounds"]) == set(TONES) - {"Native"}, f"not every browser was listened to: {together['sounds']}")
    for listener, loud in together["sounds"].items():
        for name in TONES.keys() - {listener}:
            check(loud[name] > -60 and loud[name] > loud[listener] + 10, f"{listener} does not hear {name}: {loud}")
    remote = wait_until("the native client to see all three", lambda: (r := native.remote_with_frames()) and len([x for x in r if x["frames_decoded"] > 60]) == 3 and r, 60)
    check(all(r["decrypt_failures"] == 0 for r in remote), f"frames did not open: {remote}")

    story.told("voted", 180)
    check(native.reads("Welcome, all of you"), "the native client has not read the chat")
    native.say("/vote 1 1")
    story.say("native voted")
    wait_until("the native client to be shown the results", lambda: native.newest("poll_changed").get("poll", {}).get("shared"), 60)
    poll = native.newest("poll_changed")["poll"]
    check(poll["votes"] == 3 and [r["votes"] for r in poll["results"]] == [[2, 1]] and not any(v["participants"] for r in poll["results"] for v in r.get("voters", [])),
          f"what the native client is told: {poll}")

    removed = story.told("removed", 300)
    world.note("newcomer", removed)
    results = [line.split("\n") for line in removed["poll"]]
    check([line[0] for line in results] == ["Soup", "Salad"] and [line[-1][0] for line in results] == ["2", "1"], f"the results: {removed['poll']}")
    check(removed["shared"] > 0 and removed["after"] > removed["before"] > 0, f"the shared screen, the keys: {removed}")
    count = {r["name"]: r["frames_decoded"] for r in native.remote_with_frames()}
    wait_until("the native client to see the others under the new keys",
               lambda: {"Ada", "Carol"} <= {r["name"] for r in native.remote_with_frames() if r["frames_decoded"] > count.get(r["name"], 0) + 20}, 30)
    story.say("seen")

    ended = story.told("ended", 120)
    for name in ("Ada", "Bob", "Carol", "Native"):
        check(any(name in person for person in ended["people"]), f"{name} is not among those who were there: {ended['people']}")
    wait_until("the native client to be told that the meeting is over", lambda: not native.running(), 20)
    for name in set(TONES) - {"Native"}:
        # Whose pictures begin late has a second file.
        shares = {path.name: share_of_tone(media.read_audio(path), TONES[name]) for path in (world.folder / "record").glob(f"*{name}*.webm")}
        world.note(f"share of tone of {name}", shares)
        check(max(shares.values(), default=0) > 0.5, f"the native client does not hear {name}: {shares}")

    done = story.told("done", 300)
    film = done["film"]
    check(film["duration"] > 5 and film["width"] > 0 and film["frames"] > 10, f"the film: {film}")
    story.end(done)
