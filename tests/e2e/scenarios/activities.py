"""What people do in a meeting besides being seen and heard: typed into real clients, through the real server."""
import os
import signal
import subprocess

import harness
import media
import postgres
from fake_clamd import EICAR, FakeClamd
from harness import Server, check, never, scenario, wait_until
from learning import admin_command
from recorded import meeting_id, state


def people(world, topic, *names, extra=None, **meeting):
    server = Server(world, extra=extra).start()
    link = server.set_up().create_meeting(topic, **meeting)
    host = server.join(link, "Host", host=True, stdin=True)
    wait_until("the host to be in", lambda: host.last().get("state") == "joined")
    others = [server.join(link, name, stdin=True) for name in names]
    for other in others:
        wait_until(f"{other.name} to be in", lambda o=other: o.last().get("state") == "joined")
    return server, link, host, others


@scenario("chat: to everybody, to one person, replies, edits, reactions, deletes; private stays private; late people read what was said")
def chat(world):
    server, link, host, (ada, bob) = people(world, "Chat", "Ada", "Bob")
    ada.say("Hello everybody")
    wait_until("Bob to read it", lambda: bob.reads("Hello everybody"))
    number = next(n for n, m in bob.chat().items() if m["text"] == "Hello everybody")
    check(bob.chat()[number]["name"] == "Ada", str(bob.chat()))
    ada.say("/msg Bob: just us")
    wait_until("Bob to read it", lambda: bob.reads("just us"))
    bob.say(f"/reply {number} Hello Ada")
    wait_until("the answer", lambda: any(m.get("reply_to") == number for m in ada.chat().values()))
    host.say(f"/like {number} +1")
    wait_until("the reaction", lambda: ada.chat()[number]["reactions"] == [{"emoji": "+1", "participants": [1]}])
    ada.say(f"/edit {number} Hello, all")
    wait_until("the edit", lambda: bob.chat()[number]["text"] == "Hello, all" and "edited_at_ms" in bob.chat()[number])
    late = server.join(link, "Late", stdin=True)
    wait_until("Late to read it", lambda: late.reads("Hello, all"))
    host.say(f"/delete {number}")
    wait_until("it to be gone", lambda: late.chat()[number]["deleted"] and not late.chat()[number]["text"])
    host.say("/chat hosts")
    wait_until("the rule to be said", lambda: "may write to the hosts only" in ada.errors())
    ada.say("may I?")
    wait_until("the refusal", lambda: "switched this kind of chat off" in ada.errors())
    check(not host.reads("just us") and not late.reads("just us"), "nobody else has read the private message")
    host.say("/waiting-room-on")
    wait_until("it to be said", lambda: "waits until a host lets them in" in ada.errors())
    eve = server.join(link, "Eve", stdin=True)
    wait_until("Eve to wait", lambda: eve.last().get("state") == "waiting")
    eve.say("I am early")
    wait_until("the host to read it", lambda: host.reads("I am early"))
    host.say("/lobby One minute, please")
    wait_until("Eve to read it", lambda: eve.reads("One minute, please"))
    check(not ada.reads("I am early") and not ada.reads("One minute, please"), "it is between the hosts and who waits")
    check(not eve.reads("Hello, all"), "who waits reads nothing of the meeting")
    host.say("/admit Eve")
    wait_until("Eve to be in", lambda: eve.last().get("state") == "joined")


def poll(client):
    return client.newest("poll_changed").get("poll", {})


def question(client):
    return client.newest("question_changed").get("question", {})


@scenario("polls, questions, hands, reactions and the spotlight from the terminal")
def polls_and_questions(world):
    _, _, host, (ada, bob) = people(world, "Polls", "Ada", "Bob")
    host.say("/poll anonymous Lunch | What? | Soup | Salad")
    wait_until("the draft", lambda: host.activity("poll_changed"))
    host.say("/poll-open 1")
    wait_until("the poll", lambda: ada.activity("poll_changed"))
    ada.say("/vote 1 2")
    bob.say("/vote 1 2")
    wait_until("the votes", lambda: poll(host).get("votes") == 2)
    check(not poll(ada).get("results"), "nothing before it is shared")
    host.say("/poll-close 1")
    host.say("/poll-share 1")
    wait_until("the result", lambda: poll(ada).get("results"))
    check(poll(ada).get("results")[0]["votes"] == [0, 2], str(poll(ada)))
    ada.say("/ask-anonymously Who pays?")
    wait_until("the question", lambda: bob.activity("question_changed"))
    bob.say("/upvote 1")
    wait_until("the vote", lambda: question(host).get("upvotes") == 1)
    host.say("/answer 1 We do.")
    wait_until("the answer", lambda: question(ada).get("answers"))
    check("from" not in question(host), "nobody knows who asked")
    bob.say("/hand")
    wait_until("Bob's hand", lambda: host.newest("hands").get("raised") == [bob.number()])
    ada.say("/hand")
    wait_until("both, in order", lambda: host.newest("hands").get("raised") == [bob.number(), ada.number()])
    host.say("/lower-all-hands")
    wait_until("no hands", lambda: bob.newest("hands").get("raised") == [])
    ada.say("/react \U0001f389")
    wait_until("the reaction", lambda: bob.activity("reaction"))
    host.say("/spotlight Ada")
    wait_until("the spotlight", lambda: bob.newest("spotlight").get("participants") == [ada.number()])
    host.say("/poll multiple Drinks | Which? | Tea | Coffee | Water || When? | Now | Later")
    wait_until("the draft", lambda: "Poll 2: Drinks is prepared" in host.errors())
    host.say("/poll-open 2")
    wait_until("the second poll", lambda: poll(ada).get("poll") == 2)
    ada.say("/vote 2 1 3; 1 2")
    wait_until("Ada's vote", lambda: poll(host).get("votes") == 1)  # who voted is told in the order of the votes
    bob.say("/vote 2 3; 2")
    bob.say("/vote 2 1; 1")
    wait_until("one vote each", lambda: "Poll 2" in host.errors() and poll(host).get("votes") == 2)
    wait_until("a second one is refused", lambda: "You have voted already" in bob.errors())
    drinks = poll(host)["results"]
    check([q["votes"] for q in drinks] == [[1, 0, 2], [1, 2]], str(drinks))
    check([v["participants"] for v in drinks[0]["voters"]] == [[ada.number()], [], [ada.number(), bob.number()]], "who voted for what")
    ada.say("/ask Is this off the topic?")
    wait_until("the question", lambda: question(bob).get("question") == 2)
    check(question(bob)["name"] == "Ada", "with a name")
    host.say("/dismiss 2")
    wait_until("it to be gone", lambda: bob.newest("question_removed").get("question") == 2)


@scenario("what was acknowledged in a chat is there after kill -9 of the whole server, to the same meeting's people, and only to them")
def chat_survives(world):
    survives(world, None)


@scenario("the same where a PostgreSQL server keeps it")
def chat_survives_on_postgres(world):
    survives(world, world.keep(postgres.Postgres()))


def survives(world, database):
    server, link, host, (ada,) = people(world, "Survives", "Ada", extra=["--database", database.url] if database else None)
    for i in range(20):
        ada.say(f"message {i}")
    wait_until("all to be shown", lambda: host.reads("message 19"))
    shown = set(host.chat())
    for pid in server.children("control"):
        os.kill(pid, signal.SIGKILL)
    late = None

    def back():
        nonlocal late
        late = late or server.join(link, "Late", stdin=True)
        if not late.running():
            late = None
            return False
        return late.last().get("state") == "joined"
    wait_until("the meeting to go on", back, 40)
    import kills  # how a chat is read to its beginning
    lost = {f"message {i}" for i in range(20)} - kills.chat_of(server, link)
    never(lost, f"chat that was acknowledged is gone: {sorted(lost)}")
    wait_until("every message to be there", lambda: shown <= set(late.chat()))
    if database:
        check(int(database.ask("SELECT count(*) FROM activity_records WHERE kind='chat'")[0]) > 0 and not (server.data / "accounts.sqlite").exists(),
              "it is PostgreSQL that keeps it")
    folders = [server.data, *([database.data] if database else [])]
    data = b"".join(p.read_bytes() for folder in folders for p in folder.rglob("*") if p.is_file())
    never(b"message 19" in data, "the words are in a file of the server")


@scenario("host controls: mute all, ask to unmute, rename, co-host, lock, remove, ban (also after a restart), suspend; a report; consent")
def host_controls(world):
    server, link, host, (ada, eve, bob) = people(world, "Controls", "Ada", "Eve", "Bob")
    host.say("/mute-all")
    wait_until("Ada to be muted", lambda: "muted you" in ada.errors())
    host.say("/ask-unmute Ada")
    wait_until("Ada to be asked", lambda: ada.activity("asked_to_unmute"))
    host.say("/rename Ada: Countess")
    wait_until("the name", lambda: "Ada is called Countess now" in host.errors() and "Your name is Countess now" in ada.errors())
    host.say("/record on")
    wait_until("the question", lambda: ada.activity("recording") and ada.activity("recording")[-1]["asked"])
    ada.say("/agree")
    bob.say("/refuse")
    wait_until("the answers to be shown", lambda: "Countess has agreed to being recorded" in host.errors()
               and "Bob has refused to be recorded" in host.errors())
    host.say("/record off")
    wait_until("the end of the recording", lambda: "Nobody records" in ada.errors())
    ada.say("/lock")
    wait_until("a participant may not", lambda: "not allowed" in ada.errors())
    host.say("/cohost Countess")
    wait_until("the role", lambda: "You are now a co-host" in ada.errors() and "Countess is now a co-host" in bob.errors())
    ada.say("/lock")
    wait_until("a co-host may", lambda: "The meeting is locked" in bob.errors())
    check(server.join(link, "Other", "--duration", "5").wait(15) == 3, "nobody comes into a locked meeting")
    ada.say("/unlock")
    wait_until("the door", lambda: "The meeting is open again" in bob.errors())
    bob.say("/report Eve: rude words")
    wait_until("the report to be kept", lambda: bob.activity("acknowledged"))
    host.say("/remove Bob")
    check(bob.wait(15) == 4, "Bob was removed")
    check(server.join(link, "Bob", "--duration", "5").wait(15) == 3, "and does not come back into this meeting")
    host.say("/ban Eve")
    check(eve.wait(15) == 4, "Eve was removed")
    check(server.join(link, "Eve", "--duration", "5").wait(15) == 3, "Eve is refused")
    host.say("/suspend")
    wait_until("all to know", lambda: "suspended everything" in ada.errors())
    check(server.join(link, "Other", "--duration", "5").wait(15) == 3, "nobody comes in")
    host.say("/end")
    check(host.wait(15) == 0, "the end")
    server.process.stop()
    server.start()
    check(server.join(link, "Eve", "--duration", "3").wait(20) == 3, "Eve is refused also after a restart")
    bob = server.join(link, "Bob", "--duration", "3")
    check(bob.wait(20) == 0, "Bob may come to the next one")
    meeting = meeting_id(link)
    bans = admin_command(server, "meeting", "bans", meeting).split()
    check(len(bans) == 1 and bans[0].startswith("device:"), f"who is banned: {bans}")
    admin_command(server, "meeting", "bans", meeting, "--lift", bans[0])
    check(admin_command(server, "meeting", "bans", meeting) == "", "nobody is banned any more")
    check(server.join(link, "Eve", "--duration", "3").wait(20) == 0, "Eve may come in again")


@scenario("what was done is taken back from the terminal: reactions, hands, polls, answers, drawings, rules, roles, a recording's pause, rooms")
def taken_back(world):
    server, link, host, (ada, bob) = people(world, "Taken back", "Ada", "Bob")
    ada.say("Hello everybody")
    wait_until("Bob to read it", lambda: bob.reads("Hello everybody"))
    number = next(n for n, m in bob.chat().items() if m["text"] == "Hello everybody")
    host.say(f"/like {number} +1")
    wait_until("the reaction", lambda: ada.chat().get(number, {}).get("reactions"))
    host.say(f"/unlike {number} +1")
    wait_until("it to be gone", lambda: not any(r["participants"] for r in ada.chat()[number]["reactions"]))
    pages = sum(1 for page in bob.activity("chat") if page["history"])
    bob.say("/history")
    wait_until("what was said before", lambda: sum(1 for page in bob.activity("chat") if page["history"]) > pages)

    for lower in ((ada, "/hand-down"), (host, "/lower-hand Ada")):
        ada.say("/hand")
        wait_until("the hand", lambda: bob.newest("hands").get("raised") == [ada.number()])
        lower[0].say(lower[1])
        wait_until(f"no hand after {lower[1]}", lambda: bob.newest("hands").get("raised") == [])

    host.say("/poll Lunch | What? | Soup | Salad")
    wait_until("the draft", lambda: host.activity("poll_changed"))
    host.say("/poll-open 1")
    wait_until("the poll", lambda: poll(ada).get("state") == "open")
    host.say("/poll-close 1")
    host.say("/poll-share 1")
    wait_until("the result", lambda: poll(ada).get("shared"))
    host.say("/poll-unshare 1")
    wait_until("no result", lambda: poll(ada).get("shared") is False)
    host.say("/poll-remove 1")
    wait_until("no poll", lambda: ada.newest("poll_removed").get("poll") == 1)
    ada.say("/ask Who pays?")
    wait_until("the question", lambda: question(bob).get("state") == "open")
    host.say("/answered 1")
    wait_until("it to be answered", lambda: question(bob).get("state") == "answered")
    host.say("/reopen 1")
    wait_until("it to be open", lambda: question(bob).get("state") == "open")

    host.say("/draw text 100 100 Hi")
    wait_until("the drawing", lambda: ada.activity("board"))

    def drawn(kind):
        return any(item["kind"] == kind for board in ada.activity("board") for item in board["items"])
    host.say("/erase 1")
    wait_until("it to be gone", lambda: drawn("erase"))
    host.say("/erase all")
    wait_until("everything to be gone", lambda: drawn("clear"))

    for command, said in (("/forbid rename", "Participants may not change their names."), ("/allow rename", "Participants may change their names."),
                          ("/suspend", "suspended everything"), ("/resume", "The meeting goes on."), ("/cohost Ada", "You are now a co-host"),
                          ("/participant Ada", "You are now a participant like everybody else")):
        check(said not in ada.errors(), f"before {command}")
        host.say(command)
        wait_until(f"{command} to be told", lambda s=said: s in ada.errors())
    host.say("/unlock")  # what suspends locks the door, too
    host.say("/waiting-room-on")
    wait_until("it to be told", lambda: "waits until a host lets them in" in ada.errors())
    eve = server.join(link, "Eve", stdin=True)
    wait_until("Eve to wait", lambda: eve.last().get("state") == "waiting")
    host.say("/deny Eve")
    check(eve.wait(15) in (3, 4), "Eve was refused")

    host.say("/record-start")
    meeting = meeting_id(link)
    wait_until("the recording", lambda: state(server, meeting) == "on", 40)
    host.say("/record-pause")
    wait_until("its pause", lambda: state(server, meeting) == "paused")
    host.say("/record-resume")
    wait_until("it to go on", lambda: state(server, meeting) == "on")
    host.say("/record-stop")
    wait_until("its end", lambda: state(server, meeting) == "off", 40)

    host.say("/rooms choose North | South")
    host.say("/rooms-open")
    wait_until("the rooms", lambda: ada.newest("rooms").get("open"))
    ada.say("/enter 2")
    wait_until("Ada to be there", lambda: (ada.happened("room") or [{}])[-1].get("room") == 2, 20)
    ada.say("/help-me")
    wait_until("the host to be asked", lambda: host.newest("help_wanted").get("room") == 2)
    ada.say("/leave-room")
    wait_until("Ada to be back", lambda: ada.happened("room")[-1]["room"] == 0, 20)


@scenario("a host stops a picture, the person is asked and shows it again; who is pinned is received larger")
def pictures(world):
    server = Server(world).start()
    link = server.set_up().create_meeting("Pictures")
    clip = media.talking_clip(world.folder, 4)
    ada = server.join(link, "Ada", "--audio", clip, "--video", clip, "--loop", stdin=True)
    host = server.join(link, "Host", "--watch-height", "90", host=True, stdin=True)

    def camera():
        return next((r["camera"] for r in host.last()["remotes"] if r["name"] == "Ada" and "camera" in r), {})
    wait_until("a small picture", lambda: camera().get("fps", 0) > 0, 25)
    small = camera()["height"]
    host.say("/pin Ada")
    wait_until("a larger picture", lambda: camera().get("height", 0) > small, 25)
    check("Ada is shown large here" in host.errors(), "it is said")
    host.say("/stop-video Ada")
    wait_until("Ada to be told", lambda: "stopped your video" in ada.errors())
    wait_until("no picture", lambda: camera().get("fps", 0) == 0)
    host.say("/ask-video Ada")
    wait_until("Ada to be asked", lambda: "switch your camera on" in ada.errors())
    ada.say("/camera-on")
    wait_until("a picture again", lambda: camera().get("fps", 0) > 0, 25)
    host.say("/mute Ada")
    wait_until("Ada to be muted", lambda: "The host has muted you" in ada.errors())


@scenario("a file goes into the chat and is saved by who reads the message; a scanner refuses what is harmful; nothing of it is readable on the disk")
def files(world):
    server = Server(world, extra=["--scan-command", "grep -q EICAR && exit 1 || exit 0"]).start()
    link = server.set_up().create_meeting("Files")
    host = server.join(link, "Host", host=True, stdin=True)
    ada = server.join(link, "Ada", stdin=True)
    for each in (host, ada):
        wait_until("everybody to be in", lambda o=each: o.last().get("state") == "joined")
    content = b"plain words in a file\n" * 60_000
    source = world.folder / "notes.txt"
    source.write_bytes(content)
    ada.say(f"/send {source}")
    wait_until("the file in the chat", lambda: any(m["files"] for m in host.chat().values()), 30)
    file = next(m["files"][0]["file"] for m in host.chat().values() if m["files"])
    host.say(f"/get {file} {world.folder / 'saved.txt'}")
    wait_until("the file to be saved", lambda: "Saved as" in host.errors(), 30)
    check((world.folder / "saved.txt").read_bytes() == content, "the same bytes")
    for client in (ada, host):
        wait_until("all of it to be told", lambda c=client: c.happened("file") and c.happened("file")[-1]["moved"] == len(content))
        moved = [e["moved"] for e in client.happened("file")]
        check(len(moved) > 3 and moved == sorted(moved) and moved[-1] == len(content), f"progress of {client.name}: {moved}")
    bad = world.folder / "bad.bin"
    bad.write_bytes(b"x" * 1000 + b"EICAR")
    ada.say(f"/send {bad}")
    wait_until("the refusal", lambda: "virus scanner has refused" in ada.errors(), 30)
    stored = b"".join(p.read_bytes() for p in server.data.rglob("*") if p.is_file())
    never(b"plain words" in stored or b"notes.txt" in stored, "content or name is readable")


@scenario("ClamAV's daemon looks at what is sent; without it nothing is taken, and `doctor` says so")
def clamd(world):
    socket = world.folder / "clamd.ctl"
    daemon = world.keep(FakeClamd(socket))
    server = Server(world, extra=["--scan-clamd", str(socket)]).start()
    link = server.set_up().create_meeting("Scans")
    ada = server.join(link, "Ada", host=True, stdin=True)
    wait_until("Ada to be in", lambda: ada.last().get("state") == "joined")
    good = world.folder / "good.txt"
    good.write_bytes(b"harmless words " * 50_000)
    ada.say(f"/send {good}")
    wait_until("the file in the chat", lambda: any(m["files"] for m in ada.chat().values()), 30)
    check(daemon.streams == [good.read_bytes()], "the daemon has seen all of it")
    bad = world.folder / "bad.bin"
    bad.write_bytes(b"x" * 1000 + EICAR)
    ada.say(f"/send {bad}")
    wait_until("the refusal", lambda: "virus scanner has refused" in ada.errors(), 30)

    def doctor():
        return subprocess.run([str(harness.BIN / "sealhall"), "doctor", "--data", str(server.data), "--scan-clamd", str(socket)],
                              text=True, capture_output=True).stdout
    check(f"The virus scanner at {socket} answers." in doctor(), doctor())
    daemon.close()
    socket.unlink()
    check("Files for the chat cannot be scanned." in doctor(), doctor())
    ada.say(f"/send {good}")
    wait_until("nothing to be taken", lambda: "could not look at this file, so it was not taken" in ada.errors(), 30)
    check(sum(1 for m in ada.chat().values() if m["files"]) == 1, "one file in the chat")
    check(sum(1 for p in (server.data / "blobs/files").iterdir()) == 1, "and one in the blob store")


@scenario("breakout rooms: two people go there by themselves, hear only each other's chat, read the host's announcement and come back")
def breakout_rooms(world):
    _, _, host, (ada, bob, eve) = people(world, "Rooms", "Ada", "Bob", "Eve")
    before = {c.name: c.last()["generation"] for c in (host, eve)}
    host.say("/rooms North: Ada | South")
    host.say("/assign Bob: 1")
    host.say("/rooms-open")

    def in_room(client, room):
        events = client.happened("room")
        return events and events[-1]["room"] == room
    for each in (ada, bob):
        wait_until(f"{each.name} in the room", lambda o=each: in_room(o, 1))
    ada.say("only here")
    wait_until("Bob to read it", lambda: bob.reads("only here"))
    host.say("/tell-rooms Five minutes")
    wait_until("the announcement", lambda: ada.activity("announcement"))
    wait_until("new keys for those who stay", lambda: all(c.last()["generation"] > before[c.name] for c in (host, eve)))
    check(not host.reads("only here") and not eve.reads("only here"), "nobody outside has read it")
    host.say("/assign Eve: 2")
    wait_until("Eve to be moved", lambda: in_room(eve, 2))
    host.say("/rooms-close 3")
    wait_until("the countdown", lambda: "closing in 3 s" in ada.errors())
    for each in (ada, bob, eve):
        wait_until(f"{each.name} to be back", lambda o=each: in_room(o, 0), 30)
    ada.say("back again")
    wait_until("Eve to read it", lambda: eve.reads("back again"))
