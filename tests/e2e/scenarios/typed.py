"""What else is typed into the native client, so that every command of its terminal is typed somewhere here (tools/check_tests.py)."""
import media
from harness import Server, check, scenario, wait_until


@scenario("from the terminal: a shared screen is stopped and shared again, camera and microphone off and on, who may record, new keys, the open door")
def typed(world):
    server = Server(world).start()
    link = server.set_up().create_meeting("Typed")
    clip = world.folder / "clip.mkv"
    media.write_clip(clip, 4, media.speech(4))
    host = server.join(link, "Host", host=True, stdin=True)
    ada = server.join(link, "Ada", "--audio", clip, "--video", clip, "--share", clip, "--loop", stdin=True)
    bob = server.join(link, "Bob", stdin=True)
    for each in (host, ada, bob):
        wait_until(f"{each.name} to be in", lambda c=each: c.last().get("state") == "joined", 20)

    def arrives(kind: str) -> bool:
        return any(r["name"] == "Ada" and r.get(kind, {}).get("fps", 0) > 0 for r in bob.last()["remotes"])

    def silent() -> bool:
        """No sound of Ada's in the last two seconds."""
        heard = [sum(r.get("audio", {}).get("packets", 0) for r in line["remotes"] if r["name"] == "Ada") for line in bob.stats()[-3:]]
        return len(heard) == 3 and len(set(heard)) == 1
    for kind in ("share", "camera"):
        wait_until(f"Ada's {kind}", lambda k=kind: arrives(k), 25)
    check("A host has stopped your sharing" not in ada.errors(), "not yet")
    host.say("/stop-share Ada")
    wait_until("Ada to be told", lambda: "A host has stopped your sharing" in ada.errors())
    wait_until("the camera alone", lambda: arrives("camera") and not arrives("share"))
    ada.say("/share-on")
    wait_until("the screen again", lambda: arrives("share"), 25)
    ada.say("/camera-off")
    wait_until("the screen alone", lambda: arrives("share") and not arrives("camera"))
    ada.say("/camera-on")
    wait_until("the camera again", lambda: arrives("camera"), 25)
    wait_until("Ada to be heard", lambda: not silent())
    ada.say("/mute")
    wait_until("Ada to be silent", silent)
    ada.say("/unmute")
    wait_until("Ada to be heard again", lambda: not silent())

    refusal = "Recording needs the host's permission"
    ada.say("/record on")
    wait_until("the refusal", lambda: refusal in ada.errors())
    host.say("/allow-recording Ada")
    host.say("you may record now")  # what came before it is done when somebody reads this
    wait_until("Ada to read it", lambda: ada.reads("you may record now"))
    ada.say("/record on")
    wait_until("Bob to know who records", lambda: bob.newest("recording").get("recorders") == [ada.number()])
    host.say("/forbid-recording Ada")
    wait_until("Bob to know that nobody does", lambda: bob.newest("recording").get("recorders") == [])
    ada.say("/record on")
    wait_until("another refusal", lambda: ada.errors().count(refusal) == 2)

    generation = bob.last()["generation"]
    host.say("/keys")
    wait_until("new keys", lambda: bob.last()["generation"] > generation)
    host.say("/waiting-room-on")
    wait_until("it to be told", lambda: "waits until a host lets them in" in bob.errors())
    host.say("/waiting-room-off")
    wait_until("it to be told", lambda: "Whoever comes now is let in at once" in bob.errors())
    eve = server.join(link, "Eve")
    wait_until("Eve to be in", lambda: eve.last().get("state") == "joined", 20)

    host.say("/host Ada")
    wait_until("the host's place to be Ada's", lambda: "You are now the host." in ada.errors() and "Ada is now the host." in bob.errors())

    row = f"Ada #{ada.number()}"
    check(row not in bob.errors() and "/lower-all-hands" not in bob.errors(), "nobody has asked yet")
    bob.say("/who")
    wait_until("who is here", lambda: row in bob.errors() and "keys of generation" in bob.errors())
    bob.say("/help")
    wait_until("what can be typed", lambda: "/lower-all-hands" in bob.errors())
    bob.say("/leave")
    check(bob.wait(15) == 0, f"Bob has left: {bob.errors()[-300:]}")
    wait_until("the host to see it", lambda: any(e["name"] == "Bob" for e in host.happened("gone")))
