"""Who may come in, who may do what: seen from outside, through the real server."""
import contextlib
import sqlite3

import media
from harness import PASSWORD, Server, check, scenario, wait_until
from recorded import meeting_id
from witness import Witness


@scenario("the waiting room: who waits gets no roster and no key until a host admits them, and reads what is written up there; denied is denied")
def waiting_room(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Waiting", waiting_room=True)
    host = world.keep(Witness(server, meeting, "Host", token=server.token))
    wait_until("the host to be in", lambda: host.active)
    guest = world.keep(Witness(server, meeting, "Guest"))
    wait_until("the guest to wait", lambda: guest.of_type("waiting"))
    wait_until("the host to hear of it", lambda: host.of_type("waiting_update"))
    check(not guest.secrets and not guest.roster and not guest.of_type("joined"), "the guest has nothing")
    host.send({"type": "host_command", "action": "new_keys"})
    wait_until("a new generation", lambda: len(host.secrets) >= 2)
    check(not guest.secrets, "who waits gets no new generation either")
    host.send({"type": "host_command", "action": "admit", "participant": guest.of_type("waiting")[0]["participant"]})
    wait_until("the guest to be in", lambda: guest.active)
    check(guest.secrets[guest.active] == host.secrets[guest.active], "both hold the same generation secret")
    denied = world.keep(Witness(server, meeting, "Denied"))
    wait_until("another one to wait", lambda: denied.of_type("waiting"))
    at_the_terminal = server.join(meeting, "Eve")
    wait_until("one at a terminal to wait", lambda: at_the_terminal.last().get("state") == "waiting")
    status, answer = server.request("PATCH", f"/v2/live_meetings/{meeting_id(meeting)}/events", {
        "method": "waiting_room.update", "params": {"waiting_room_title": "Tea at four", "waiting_room_description": "We begin late."}})
    check(status == 204, f"{status} {answer}")
    wait_until("it to be read there", lambda: "Tea at four" in at_the_terminal.errors() and "We begin late." in at_the_terminal.errors())
    wait_until("the other one to be told", lambda: denied.of_type("waiting")[-1].get("title") == "Tea at four")
    check(len(guest.of_type("waiting")) == 1, "who is inside reads nothing of it")
    at_the_terminal.stop()
    host.send({"type": "host_command", "action": "deny", "participant": denied.of_type("waiting")[0]["participant"]})
    wait_until("the denied to be told", lambda: denied.of_type("ended"))
    check(denied.of_type("ended")[0]["reason"] == "denied", str(denied.messages))


@scenario("passcodes: wrong ones are refused and guessing is slowed down; a link carries the right one")
def passcodes(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Passcode", passcode="open sesame")
    check("pwd=" in meeting, f"the link carries the passcode: {meeting}")
    bare = meeting.split("?")[0]
    client = server.join(bare, "Ada", "--passcode", "wrong", "--duration", "5")
    check(client.wait(15) == 3, f"refused: {client.popen.returncode} {client.errors()}")
    codes = []
    for attempt in range(12):
        guesser = Witness(server, bare, f"Guesser {attempt}", passcode=f"guess {attempt}")
        wait_until("an answer", lambda g=guesser: g.of_type("error"))
        codes.append(guesser.of_type("error")[0]["code"])
        guesser.close()
    check(codes[0] == "wrong_passcode", str(codes))
    check(codes[-1] == "rate_limited", f"guessing is slowed down: {codes}")


@scenario("host commands: lock, mute, end, and nobody else may use them")
def host_commands(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Commands")
    host = world.keep(Witness(server, meeting, "Host", token=server.token))
    wait_until("the host to be in", lambda: host.active)
    guest = world.keep(Witness(server, meeting, "Guest"))
    wait_until("the guest to be in", lambda: guest.active)
    for action in ("lock", "end_meeting", "new_keys", "waiting_room_on"):
        before = len(guest.of_type("error"))
        guest.send({"type": "host_command", "action": action})
        wait_until(f"{action} to be refused", lambda n=before: len(guest.of_type("error")) > n)
        check(guest.of_type("error")[-1]["code"] == "not_allowed", str(guest.of_type("error")))
    host.send({"type": "host_command", "action": "mute_audio", "participant": guest.participant})
    wait_until("the guest to be told", lambda: guest.of_type("muted_by_host"))
    host.send({"type": "host_command", "action": "lock"})
    wait_until("everybody to know", lambda: any(m["meeting"]["locked"] for m in guest.of_type("meeting_changed")))
    late = world.keep(Witness(server, meeting, "Late"))
    wait_until("the late one to be refused", lambda: late.of_type("error"))
    check(late.of_type("error")[0]["code"] == "locked", str(late.messages))
    host.send({"type": "host_command", "action": "end_meeting"})
    wait_until("the guest to be told", lambda: guest.of_type("ended"))
    check(guest.of_type("ended")[0]["reason"] == "ended_by_host", str(guest.of_type("ended")))


@scenario("a meeting lets people begin muted and without camera: nothing of them arrives until they switch it on")
def begins_muted(world):
    server = Server(world).start().set_up()
    status, made = server.request("POST", "/v2/users/me/meetings", {
        "topic": "Quiet", "type": 2, "settings": {"mute_upon_entry": True, "participant_video": False}})
    check(status == 201 and made["settings"]["mute_upon_entry"], f"{status} {made}")
    link = made["join_url"]
    clip = media.talking_clip(world.folder)
    host = server.join(link, "Host", "--duration", "60", host=True)
    wait_until("the host to be in", lambda: host.stats() and host.last().get("participant"))
    bob = server.join(link, "Bob", "--audio", clip, "--video", clip, "--loop", "--duration", "60", stdin=True)

    def heard() -> dict:
        return next((r for r in host.last()["remotes"] if r["name"] == "Bob"), {})
    wait_until("Bob to be in", lambda: heard() and bob.stats())
    seen = len(bob.stats())
    wait_until("some seconds of Bob", lambda: len(bob.stats()) >= seen + 3)
    check(heard().get("audio", {}).get("packets", 0) == 0, f"nothing is heard: {heard()}")
    check(heard().get("frames_decoded", 0) == 0, f"nothing is seen: {heard()}")
    bob.say("/unmute")
    wait_until("Bob to be heard", lambda: heard().get("audio", {}).get("packets", 0) > 50, 20)
    check(heard().get("frames_decoded", 0) == 0, f"the camera stays off: {heard()}")
    bob.say("/camera-on")
    wait_until("Bob to be seen", lambda: heard().get("frames_decoded", 0) > 10, 20)


@scenario("REST: strangers, members and administrators get exactly what is theirs; sign-in is rate limited")
def rest_rights(world):
    server = Server(world).start().set_up()
    admin = server.token
    status, _ = server.request("POST", "/api/users", {"login": "member", "name": "Member", "password": PASSWORD})
    check(status == 201, f"an administrator makes accounts: {status}")
    status, answer = server.request("POST", "/api/sign-in", {"login": "member", "password": PASSWORD}, token="")
    check(status == 200, f"a member signs in: {status} {answer}")
    member = answer["token"]
    _, mine = server.request("POST", "/api/meetings", {"topic": "Admin's"}, token=admin)
    table = [
        ("GET", "/api/me", None, 200), ("GET", "/api/users", None, 403), ("POST", "/api/users", {"login": "x"}, 403),
        ("GET", f"/api/meetings/{mine['id']}", None, 404), ("POST", f"/api/meetings/{mine['id']}/end", None, 404),
        ("GET", "/api/meetings", None, 200), ("GET", "/api/workers", None, 403)]
    for method, path, body, expected in table:
        status, answer = server.request(method, path, body, token=member)
        check(status == expected, f"member {method} {path}: {status}, not {expected}: {answer}")
        context = server.token
        server.token = ""
        status, answer = server.request(method, path, body)
        server.token = context
        check(status == 401, f"stranger {method} {path}: {status}: {answer}")
        check({"code", "message", "errors"} <= set(answer), f"the error has its shape: {answer}")
    statuses = [server.request("POST", "/api/sign-in", {"login": "member", "password": f"wrong {i} wrong"}, token="")[0] for i in range(12)]
    check(statuses[0] == 401 and statuses[-1] == 429, f"guessing is slowed down: {statuses}")
    server.token = member
    check(server.request("POST", "/api/sign-out")[0] == 204, "signing out")
    check(server.request("GET", "/api/me")[0] == 401, "the token is gone")


@scenario("the set-up link works once, and of the password that was chosen an Argon2id hash is kept and nothing else")
def setup_once(world):
    server = Server(world).start()
    link = wait_until("the link", lambda: next((line for line in server.process.lines if "/setup?token=" in line), None))
    token = link.split("token=")[1].split()[0]
    server.set_up()
    status, answer = server.request("POST", "/api/setup", {"token": token, "login": "second", "name": "Second", "password": PASSWORD}, token="")
    check(status in (403, 409, 410, 401, 400), f"a second use is refused: {status} {answer}")
    with contextlib.closing(sqlite3.connect(f"file:{server.data / 'accounts.sqlite'}?mode=ro", uri=True, timeout=10)) as database:
        kept = database.execute("SELECT login, password_hash FROM users").fetchall()
    check([login for login, _ in kept] == ["admin"], f"one person has an account: {kept}")
    check(kept[0][1].startswith("$argon2id$v=19$m=65536,t=2,p=1$"), f"not the hash that is promised: {kept}")
    contents = {}
    for path in server.data.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # the server tries every now and then whether it can write
            if path.is_file():
                contents[path] = path.read_bytes()
    check(any(b"$argon2id$" in data for data in contents.values()), f"the search finds what is there: {list(contents)}")
    found = [str(path) for path, data in contents.items() if PASSWORD.encode() in data]
    check(not found, f"the password itself stands in {found}")
