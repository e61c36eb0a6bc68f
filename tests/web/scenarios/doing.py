"""What people do in a meeting from the browser: with each other, with a native client, and as its hosts."""
import json
import os
import re

from harness import Process, Server, check, scenario, wait_until
from meetings import browser

VIRUS = "x" * 1000 + "EICAR"


class Story:
    """A script with several pages that tells what happens, and goes on at a word."""

    def __init__(self, process: Process):
        self.process = process
        self.say = process.say

    def told(self, what: str, seconds: float = 600) -> dict:
        def line():
            lines = [json.loads(x) for x in list(self.process.lines) if x.startswith("{")]
            found = next((x for x in lines if x["what"] == what), None)
            check(found is not None or self.process.running(), f"the browsers ended:\n{self.process.errors()[-4000:]}")
            return found
        return wait_until(f"the browsers to say '{what}'", line, seconds)

    def end(self, done: dict) -> None:
        for screen, findings in done["findings"].items():
            check(not findings, f"axe on {screen}: {findings}")
        check(not done["problems"], f"the pages complain: {done['problems']}")
        self.say("leave")
        check(self.process.wait(30) == 0, f"the browsers did not leave: {self.process.errors()[-1500:]}")


@scenario("two browsers and a native host: chat (private stays private), files byte for byte, reactions, hands in order, polls, questions, keys; hostile text stays text", long=True, crowd=True)
def activities_in_browsers(world):
    server = Server(world, extra=["--scan-command", "grep -q EICAR && exit 1 || exit 0"]).start()
    meeting = server.set_up().create_meeting("Activities")
    content = os.urandom(1_300_000)
    (world.folder / "sums.bin").write_bytes(content)
    host = server.join(meeting, "Hanna", host=True, stdin=True)
    wait_until("the host to be in", lambda: host.last().get("state") == "joined", 20)
    story = Story(browser(world, "activities", link=meeting, native="Hanna", file=world.folder / "sums.bin", virus=VIRUS, story="activities"))
    story.told("inside")
    host.say("/cohost Ada")
    story.say("cohost")
    chatted = story.told("chatted")
    check(chatted["unread"] == "1" and chatted["spoken"], f"unread and spoken: {chatted}")
    wait_until("the host to have read what was deleted", lambda: any(m["deleted"] for m in host.chat().values()))
    check(host.reads("Hello, both of you") and host.reads("Good morning, Ada"), "the host reads what everybody reads")
    check(not any("just us two" in json.dumps(m) for m in host.chat().values()), "the private message went to the host, too")
    check(not any(b"just us two" in p.read_bytes() for p in server.data.rglob("*") if p.is_file()), "the private message can be read on the disk")
    host.say('<img src=x onerror="document.title=1">\u202eexe.txt <script>document.title=2</script>')
    host.say("see https://p\u0430ypa\u04cf.com/login and https://bank.example@evil.example/ and javascript:alert(1)")
    story.say("hostile")
    hostile = story.told("hostile")
    seen = hostile["hostile"]
    check(seen["images"] == 0 and seen["title"] == "Sealhall" and not seen["bidi"] and seen["wide"], f"hostile chat: {seen}")
    check(seen["longest"] < 2000, f"a long text is not folded: {seen['longest']}")
    check(len(seen["links"]) == 1 and "xn--" in seen["links"][0]["href"] and "xn--" in seen["links"][0]["told"], f"links: {seen['links']}")
    check("noopener" in seen["links"][0]["rel"] and seen["links"][0]["target"] == "_blank", f"links: {seen['links']}")
    check(hostile["found"] == 1, f"search finds {hostile['found']} messages")
    files = story.told("files")
    world.note("files", files)
    check(files["same"] and files["images"] == 0, f"the file is another: {files}")
    check("\u202e" not in files["name"] and "<" not in files["name"] and "/" not in files["name"], f"name on the disk: {files['name']}")
    # On the screen it is text, and all of it but what turns letters round; < and > are only kept from the disk.
    check(files["shown"].split("\n")[0].strip() == "sumfdp.<img src=x onerror=alert(1)>.exe", f"name on the screen: {files['shown']!r}")
    check("virus scanner" in files["refusal"], f"the refusal is not explained: {files}")
    file = next(m["files"][0]["file"] for m in host.chat().values() if m["files"])
    host.say(f"/get {file} {world.folder / 'saved.bin'}")
    wait_until("the host to save the file", lambda: "Saved as" in host.errors(), 30)
    check((world.folder / "saved.bin").read_bytes() == content, "the native client got other bytes")
    reacted = story.told("reacted")
    check(reacted["moves"] == "none", f"reactions move though less motion is wished: {reacted}")
    check(host.activity("reaction"), "the host has seen no reaction")
    host.say("/hand")
    story.say("hands")
    check(story.told("hands")["order"] == ["Bob", "Hanna"], "hands are not in their order")
    story.told("voted")
    host.say("/vote 1 1; 2")
    wait_until("two votes", lambda: host.newest("poll_changed").get("poll", {}).get("votes") == 2)
    story.say("shared")
    poll = story.told("poll")
    world.note("poll", poll)
    check(poll["bars"] == [50, 50, 50, 100], f"the bars: {poll}")
    check(any('<b>"green"</b>' in line for line in poll["results"]), f"an answer is not shown as text: {poll}")
    check(any("Bob" in v for v in poll["voters"]), f"the host does not see who voted: {poll}")
    check(story.told("asked")["asker"] == "Anonymous", "who asked is shown")
    host.say("/upvote 1")
    wait_until("the vote", lambda: host.newest("question_changed").get("question", {}).get("upvotes") == 1)
    story.say("upvoted")
    story.told("drawn")
    host.say("/draw text 20000 15000 <b>idea</b>")
    story.say("written")
    done = story.told("done")
    check(done["words"] == "&lt;b&gt;idea&lt;/b&gt;", f"a word on the board is not text: {done['words']}")
    check(done["stillMuted"] and done["off"], f"shortcuts act where they should not: {done}")
    check(re.search(r"/j/\d+", done["invitation"]) and "zak" not in done["invitation"], f"the invitation: {done['invitation']}")
    story.end(done)


@scenario("a browser leads: waiting room and words to it, lock, mute and ask, rename, report, suspend; recording with consent; breakout rooms with a countdown; removal with new keys", long=True, crowd=True)
def a_browser_leads(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Leading")
    native = server.join(meeting, "Hanna", host=True, stdin=True)
    wait_until("the native client to be in", lambda: native.last().get("state") == "joined", 20)
    story = Story(browser(world, "leading", link=meeting, native="Hanna", story="leading"))
    story.told("inside")
    native.say("/host Ada")
    story.say("host")
    locked = story.told("locked")
    check(locked["early"] == 0, f"who waits sees the meeting: {locked}")
    check(locked["overheard"] == 0 and not native.reads("I am early") and not native.reads("One minute, please"), f"what was said to who waits is read by others: {locked}")
    check(server.join(meeting, "Other", "--duration", "5").wait(20) == 3, "somebody comes into a locked meeting")
    story.say("unlock")
    story.told("led")
    check(native.last()["state"] == "joined" and "suspended everything" in native.errors(), "the native client was not told")
    status, reports = server.request("GET", "/api/abuse-reports")
    check(status == 200 and "rude words" in json.dumps(reports), f"the report has not arrived: {status} {reports}")
    recorded = story.told("recorded")
    check(all("record" in line for line in recorded["banner"]), f"somebody does not see that it is recorded: {recorded}")
    check(native.activity("recording"), "the native client was not told of the recording")
    wait_until("the recording to be listed", lambda: len(server.request("GET", "/api/recordings")[1].get("recordings", [])) == 1, 30)
    rooms = story.told("rooms")
    check(sorted(rooms["placed"]) == ["1", "1", "2"], f"not spread evenly: {rooms}")
    check(rooms["leaked"] == 0 and not native.reads("only here"), f"what was said in a room is read outside: {rooms}")
    done = story.told("done")
    world.note("keys", {k: done[k] for k in ("before", "after")})
    story.end(done)
