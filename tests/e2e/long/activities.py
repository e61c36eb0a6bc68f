"""What people do in a meeting besides being seen and heard: typed into real clients, through the real server."""
import signal

from harness import Server, check, scenario, wait_until


def people(world, topic, *names, **meeting):
    server = Server(world).start()
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
    ada.say("may I?")
    wait_until("the refusal", lambda: "switched this kind of chat off" in ada.errors())
    check(not host.reads("just us") and not late.reads("just us"), "nobody else has read the private message")


@scenario("polls, questions, hands, reactions and the spotlight from the terminal")
def polls_and_questions(world):
    _, _, host, (ada, bob) = people(world, "Polls", "Ada", "Bob")
    host.say("/poll anonymous Lunch | What? | Soup | Salad")
    wait_until("the draft", lambda: host.activity("poll_changed"))
    host.say("/poll-open 1")
    wait_until("the poll", lambda: ada.activity("poll_changed"))
    ada.say("/vote 1 2")
    bob.say("/vote 1 2")
    wait_until("the votes", lambda: host.activity("poll_changed")[-1]["poll"]["votes"] == 2)
    check(not ada.activity("poll_changed")[-1]["poll"]["results"], "nothing before it is shared")
    host.say("/poll-close 1")
    host.say("/poll-share 1")
    wait_until("the result", lambda: ada.activity("poll_changed")[-1]["poll"]["results"])
    check(ada.activity("poll_changed")[-1]["poll"]["results"][0]["votes"] == [0, 2], str(ada.activity("poll_changed")[-1]))
    ada.say("/ask-anonymously Who pays?")
    wait_until("the question", lambda: bob.activity("question_changed"))
    bob.say("/upvote 1")
    wait_until("the vote", lambda: host.activity("question_changed")[-1]["question"]["upvotes"] == 1)
    host.say("/answer 1 We do.")
    wait_until("the answer", lambda: ada.activity("question_changed")[-1]["question"]["answers"])
    check("from" not in host.activity("question_changed")[-1]["question"], "nobody knows who asked")
    bob.say("/hand")
    ada.say("/hand")
    wait_until("the hands", lambda: host.activity("hands") and len(host.activity("hands")[-1]["raised"]) == 2)
    host.say("/lower-all-hands")
    wait_until("no hands", lambda: not bob.activity("hands")[-1]["raised"])
    ada.say("/react \U0001f389")
    wait_until("the reaction", lambda: bob.activity("reaction"))
    host.say("/spotlight Ada")
    wait_until("the spotlight", lambda: bob.activity("spotlight") and len(bob.activity("spotlight")[-1]["participants"]) == 1)


@scenario("what was acknowledged in a chat is there after kill -9 of the whole server, to the same meeting's people, and only to them")
def chat_survives(world):
    server, link, host, (ada,) = people(world, "Survives", "Ada")
    for i in range(20):
        ada.say(f"message {i}")
    wait_until("all to be shown", lambda: host.reads("message 19"))
    shown = set(host.chat())
    for pid in server.children("control"):
        import os
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
    wait_until("every message to be there", lambda: shown <= set(late.chat()))
    data = b"".join(p.read_bytes() for p in server.data.rglob("*") if p.is_file())
    check(b"message 19" not in data, "the words are in no file of the server")


@scenario("host controls: mute all, ask to unmute, rename, suspend; a banned guest stays out; consent to recording is asked and shown")
def host_controls(world):
    server, link, host, (ada, eve) = people(world, "Controls", "Ada", "Eve")
    host.say("/mute-all")
    wait_until("Ada to be muted", lambda: "muted you" in ada.errors())
    host.say("/ask-unmute Ada")
    wait_until("Ada to be asked", lambda: ada.activity("asked_to_unmute"))
    host.say("/rename Ada: Countess")
    wait_until("the name", lambda: "Countess" in host.errors())
    host.say("/record on")
    wait_until("the question", lambda: ada.activity("recording") and ada.activity("recording")[-1]["asked"])
    ada.say("/agree")
    wait_until("the answer", lambda: ada.activity("acknowledged"))
    host.say("/ban Eve")
    check(eve.wait(15) == 4, "Eve was removed")
    again = server.join(link, "Eve", "--duration", "5")
    check(again.wait(15) == 3, "Eve is refused")
    host.say("/suspend")
    ada.say("hello?")
    wait_until("no chat", lambda: "switched this kind of chat off" in ada.errors())
    other = server.join(link, "Other", "--duration", "5")
    check(other.wait(15) == 3, "nobody comes in")


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
    bad = world.folder / "bad.bin"
    bad.write_bytes(b"x" * 1000 + b"EICAR")
    ada.say(f"/send {bad}")
    wait_until("the refusal", lambda: "virus scanner has refused" in ada.errors(), 30)
    stored = b"".join(p.read_bytes() for p in server.data.rglob("*") if p.is_file())
    check(b"plain words" not in stored and b"notes.txt" not in stored, "neither content nor name is readable")


@scenario("breakout rooms: two people go there by themselves, hear only each other's chat, read the host's announcement and come back")
def breakout_rooms(world):
    _, _, host, (ada, bob, eve) = people(world, "Rooms", "Ada", "Bob", "Eve")
    before = {c.name: c.last()["generation"] for c in (host, eve)}
    host.say("/rooms North: Ada, Bob | South")
    host.say("/rooms-open")

    def in_room(client, room):
        events = [e for line in client.stats() for e in line.get("events", []) if e.get("event") == "room"]
        return events and events[-1]["room"] == room
    for each in (ada, bob):
        wait_until(f"{each.name} in the room", lambda o=each: in_room(o, 1))
    ada.say("only here")
    wait_until("Bob to read it", lambda: bob.reads("only here"))
    host.say("/tell-rooms Five minutes")
    wait_until("the announcement", lambda: ada.activity("announcement"))
    wait_until("new keys for those who stay", lambda: all(c.last()["generation"] > before[c.name] for c in (host, eve)))
    check(not host.reads("only here") and not eve.reads("only here"), "nobody outside has read it")
    host.say("/rooms-close 1")
    for each in (ada, bob):
        wait_until(f"{each.name} to be back", lambda o=each: in_room(o, 0), 30)
    ada.say("back again")
    wait_until("Eve to read it", lambda: eve.reads("back again"))
