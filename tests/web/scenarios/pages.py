"""The pages around meetings in Chromium: setting up, scheduling, watching a recording, securing an account."""
import re
import ssl
import subprocess
import time

import harness
import media
from harness import PASSWORD, Server, check, scenario, wait_until
from meetings import answer_of, browser
from recorded import completed, live, meeting_id, start_recording


def named(world) -> Server:
    """A server with a name: passkeys belong to names, and cookies of `__Host-` to one host."""
    server = Server(world)
    server.extra += ["--public-url", f"https://localhost:{server.port}"]
    return server.start()


def link_of(server: Server) -> str:
    return wait_until("the set-up link", lambda: next((found.group() for line in server.process.lines
                                                      if (found := re.search(r"https://\S+/setup\?token=\S+", line))), None), 10)


def pages_of(world, server: Server, part: str, link: str) -> dict:
    """What tests/web/site.mjs saw."""
    certificate = ssl.get_server_certificate(("127.0.0.1", server.port))
    key = subprocess.run("openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64",
                         shell=True, check=True, input=certificate.encode(), stdout=subprocess.PIPE).stdout.decode().strip()
    return answer_of(browser(world, "site", part=part, link=link, password=PASSWORD, spki=key, sealhall=str(harness.BIN / "sealhall")), 480)


def sound(seen: dict) -> None:
    for screen, findings in seen["findings"].items():
        check(not findings, f"axe on {screen}: {findings}")
    check(not seen["problems"], f"the pages complain: {seen['problems']}")
    check(not seen["elsewhere"], f"the pages asked others: {seen['elsewhere']}")


@scenario("from the printed set-up link to a running meeting, by mouse alone")
def set_up_by_browser(world):
    server = named(world)
    link = link_of(server)
    seen = pages_of(world, server, "setup", link)
    world.note("set up", {k: seen[k] for k in ("checks", "me", "cookie")})
    sound(seen)
    check(seen["weak"], "a weak password was not told as one")
    check(any("reaches the media server" in c for c in seen["checks"]), f"the browser's own connection: {seen['checks']}")
    check(seen["named"].endswith(" · Ada & Söhne") and seen["header"] == "Ada & Söhne", f"the organisation's name: {seen['named']}, {seen['header']}")
    check(seen["kit"]["warned"] and seen["kit"]["other"], f"the recovery kit before it was printed, and another sheet: {seen['kit']}")
    check(any("recovery kit was shown" in c for c in seen["checks"]), f"the self-test does not know of the kit: {seen['checks']}")
    check(len(seen["fixes"]) >= 2 and all(len(fix) > 20 for fix in seen["fixes"]), f"what is wrong without what to do: {seen['checks']}, {seen['fixes']}")
    check(seen["inside"], "the test meeting was not entered")
    check(seen["cookie"] == {"httpOnly": True, "secure": True, "sameSite": "Strict"} and not seen["readable"], f"the session's cookie: {seen['cookie']}")
    check(seen["again"], "the used link does not explain itself")
    status, answer = server.request("POST", "/api/sign-in", {"login": "ada@example.org", "password": PASSWORD})
    check(status == 200, f"the administrator signs in elsewhere: {answer}")
    server.token = answer["token"]
    settings = {s["name"]: s["value"] for s in server.request("GET", "/api/policies/account")[1]["settings"]}
    check(settings == {"meeting.waiting_room": True}, f"the policies that were set: {settings}")


@scenario("a series is scheduled, one of it moved, one cancelled, its topic changed; registration, calendar file, cancelling")
def schedule_by_browser(world):
    server = named(world).set_up()
    status, answer = server.request("POST", "/v2/tracking_fields", {"field": "Cost centre", "required": True, "recommended_values": ["17", "23"]})
    check(status == 201, f"what is asked of every meeting: {answer}")
    seen = pages_of(world, server, "schedule", f"https://localhost:{server.port}/app")
    sound(seen)
    status, made = server.request("GET", f"/v2/meetings/{seen['id']}")
    check(status == 200, f"the meeting: {made}")
    check(made["topic"] == "Plans of the year" and made["timezone"] == "Asia/Taipei" and made["type"] == 8, f"the meeting: {made}")
    check(made["settings"]["approval_type"] == 1 and made["settings"]["waiting_room"], f"its settings: {made['settings']}")
    check([(f["field"], f["value"]) for f in made["tracking_fields"]] == [("Cost centre", "17")], f"what the organisation asks: {made['tracking_fields']}")
    times = [(o["start_time"][11:], o["duration"], o["status"]) for o in made["occurrences"]]
    check(times == [("01:30:00Z", 45, "available"), ("06:00:00Z", 45, "available"), ("01:30:00Z", 45, "deleted"), ("01:30:00Z", 45, "available")], f"its dates: {times}")
    check("METHOD:PUBLISH" in seen["ics"] and "TZID=Asia/Taipei" in seen["ics"], f"the calendar file: {seen['ics'][:300]}")
    check(seen["link"] == made["join_url"], f"the copied link: {seen['link']}")
    check(seen["registration"]["asked"] and any("eve@example.org" in s for s in seen["registration"]["steps"]), f"registering: {seen['registration']}")
    person = server.request("GET", f"/v2/meetings/{seen['id']}/registrants")[1]["registrants"]
    check([(p["email"], p["org"], p["custom_questions"]) for p in person] == [("eve@example.org", "Acme", [{"title": "What do you eat?", "value": "Plants"}])], f"who is registered: {person}")
    like = server.request("GET", f"/v2/meetings/{seen['like']}")[1]
    check(like["type"] == 8 and like["settings"]["approval_type"] == 1 and like["password"] != made["password"], f"made from the template: {like}")
    check(like["tracking_fields"] == made["tracking_fields"], f"what the organisation asks, by the template: {like['tracking_fields']}")
    questions = server.request("GET", f"/v2/meetings/{seen['like']}/registrants/questions")[1]
    check(questions["questions"] == [{"field_name": "org", "required": True}] and len(questions["custom_questions"]) == 1, f"its questions: {questions}")
    check(seen["hostile"] == 0, "a topic ran as a script")
    invitation = seen["invitation"]
    check("Topic: Once" in invitation["text"] and len(invitation["facts"]) >= 3, f"the copied invitation: {invitation}")
    check(all(fact in invitation["text"] for fact in invitation["facts"][:3]), f"number, passcode and link in the copied invitation: {invitation}")
    check(re.search(r"/j/\d+", seen["room"]["address"]) and any("Guest" in name for name in seen["room"]["people"]), f"the personal room: {seen['room']}")
    check(seen["room"]["banned"] == 1, f"who was banned from the personal room: {seen['room']}")
    guest = seen["guest"]
    check([g["name"] for g in guest["made"]] == ["Grace <i>"] and guest["made"][0]["join_url"] == guest["copied"] and "expires_at" in guest["made"][0], f"the guest's link: {guest}")
    film = seen["film"]
    check(film["own"] == {**film["before"], "layout": "speaker", "retention_days": 30} and film["after"] == film["before"], f"how the meeting is recorded: {film}")
    check(guest["left"] == [], f"a link that was taken back: {guest}")
    check(server.request("GET", f"/v2/meetings/{seen['cancelled']}")[0] == 404, "the cancelled meeting is still there")


@scenario("a code, recovery codes and a passkey protect an account; devices are signed out")
def secure_by_browser(world):
    server = named(world).set_up()
    seen = pages_of(world, server, "security", f"https://localhost:{server.port}/app")
    sound(seen)
    world.note("security", {k: seen[k] for k in ("codes", "sessions", "left")})
    check(seen["codes"] == 10 and seen["left"] == 9, f"recovery codes: {seen['codes']}, {seen['left']} left")
    check(seen["passkey"] == "admin", f"signed in by the passkey as {seen['passkey']}")
    check((seen["profile"]["name"], seen["profile"]["job"]) == ("Ada Lovelace", "Countess") and "Ada Lovelace" in seen["profile"]["shown"], f"the profile after loading again: {seen['profile']}")
    check(seen["rules"] == {"before": True, "set": [False, "user"], "back": [True, "standard"]}, f"private chat in one's own meetings: {seen['rules']}")
    check(seen["sessions"]["before"] >= 2 and seen["sessions"]["after"] == 1, f"sessions: {seen['sessions']}")
    check(server.request("GET", "/api/me")[0] == 401, "the other session lives on")


@scenario("a recording plays in its page, seeks by ranges, follows its chapters and chat, is shared, trashed and restored")
def watch_by_browser(world):
    server = named(world).set_up()
    link = server.create_meeting("Watched").replace("//localhost:", "//127.0.0.1:")
    meeting = meeting_id(link)
    media.write_clip(world.folder / "ada.mkv", 10, media.speech(10, "en"), flashing=True)
    host = server.join(link, "Ada", "--audio", world.folder / "ada.mkv", "--video", world.folder / "ada.mkv", "--loop", host=True, stdin=True)
    wait_until("Ada to be in", lambda: host.last().get("state") == "joined", 20)
    start_recording(server, meeting)
    time.sleep(6)
    host.say("Hello from <b>Ada</b>")
    host.say("/poll Lunch | What? | Soup | Salad")
    wait_until("the draft", lambda: host.activity("poll_changed"))
    host.say("/poll-open 1")
    wait_until("the poll", lambda: host.newest("poll_changed").get("poll", {}).get("state") == "open")
    host.say("/vote 1 2")
    wait_until("the vote", lambda: host.newest("poll_changed").get("poll", {}).get("votes") == 1)
    time.sleep(13)
    live(server, meeting, "recording.stop", 204)
    host.stop()
    status, answer = server.request("POST", f"/api/meetings/{meeting}/end", {})
    check(status < 300, f"ending the meeting: {status} {answer}")
    completed(server)
    seen = pages_of(world, server, "recording", f"https://localhost:{server.port}/app/recordings")
    world.note("recording", {k: seen[k] for k in ("duration", "at", "ranges", "chapters", "chat")})
    sound(seen)
    check(seen["duration"] > 10 and seen["width"] > 0, f"the film: {seen['duration']} s, {seen['width']} wide")
    check(abs(seen["at"] - 8) < 2.5 and seen["ranges"], f"after seeking: {seen['at']} s, ranges {seen['ranges']}")
    check(any("Ada speaks" in c for c in seen["chapters"]), f"chapters: {seen['chapters']}")
    check(seen["chat"] == ["Hello from <b>Ada</b>"], f"chat: {seen['chat']}")
    held = seen["held"]
    check(held["people"] >= 1 and held["chat"] == held["found"] == ["Hello from <b>Ada</b>"], f"what is told of the meeting that was held: {held}")
    check(held["voted"] == ["Ada", "What?", "Salad"], f"what was voted: {held}")
    check("Ada" in held["csv"] and held["csv"].count("\n") >= 2, f"who was there, exported: {held['csv'][:300]}")
    check(seen["downloaded"]["bytes"] > 20_000 and seen["downloaded"]["form"] == "ftyp", f"the downloaded film: {seen['downloaded']}")
    check(seen["shared"]["opened"] and seen["shared"]["asked"] and seen["shared"]["refused"], f"the shared link: {seen['shared']}")
    check(seen["trashed"] == 1 and seen["restored"] == 1, f"trash: {seen['trashed']}, restored {seen['restored']}")
