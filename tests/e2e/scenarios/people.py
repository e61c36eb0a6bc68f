"""An administrator sets the service up from the printed link, by the command line alone or by curl alone; a second person is invited by mail;
the two schedule, meet, chat, vote, share a file and record; after a restart the recording plays back. docs/operate/first-day.md says the same."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import struct
import subprocess
import time
import urllib.parse

import harness
import media
from harness import PASSWORD, Server, check, scenario, wait_until
from mails import MailServer, link_in_mail

BOB = "bob@example.org"
BOBS = "another horse battery staple"


def with_mail(world) -> tuple[Server, MailServer]:
    mail = world.keep(MailServer())
    server = Server(world)
    server.data.mkdir(mode=0o700)
    (server.data / "identity.json").write_text(json.dumps({"mail": mail.settings()}))
    return server.start(), mail


def printed_link(server: Server) -> str:
    return wait_until("the set-up link", lambda: next((found.group(0) for line in server.process.lines
                                                      if (found := re.search(r"https://\S+/setup\?token=\S+", line))), None), 10)


class Person:
    """The command line of one person: their environment carries who they are and which server they mean."""

    def __init__(self, server: Server, login: str, password: str):
        self.environment = {**os.environ, "SEALHALL_SERVER": server.url, "SEALHALL_CA": str(server.ca), "SEALHALL_PASSWORD": password}
        self.login = login

    def run(self, *words, expected: int = 0) -> str:
        done = subprocess.run([str(harness.BIN / "sealhall"), *map(str, words)], text=True, capture_output=True, timeout=60, env=self.environment,
                              stdin=subprocess.DEVNULL)
        check(done.returncode == expected, f"sealhall {words}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr if expected else done.stdout

    def sign_in(self) -> "Person":
        self.environment["SEALHALL_TOKEN"] = self.run("session", "sign-in", "--user", self.login).strip()
        return self

    def json(self, *words) -> dict:
        return json.loads(self.run(*words, "--json"))


class Curl:
    """One person who has nothing but curl."""

    def __init__(self, server: Server):
        self.server = server
        self.token = ""

    def __call__(self, method: str, path: str, body: dict | None = None, form: dict | None = None, expected: int = 200, save: str = "",
                 headers: tuple = ()):
        words = ["curl", "-sS", "--cacert", str(self.server.ca), "-X", method, "-w", "\n%{http_code}", "--max-time", "60"]
        for header in (*([f"Authorization: Bearer {self.token}"] if self.token else []), *headers):
            words += ["-H", header]
        if body is not None:
            words += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        if form is not None:
            words += ["-d", urllib.parse.urlencode(form)]
        if save:
            words += ["-o", save]
        url = path if path.startswith("https://") else self.server.url + path
        done = subprocess.run([*words, url], text=True, capture_output=True, timeout=90)
        check(done.returncode == 0, f"curl {method} {path}: {done.stderr}")
        text, _, status = done.stdout.rpartition("\n")
        check(int(status) == expected, f"curl {method} {path}: {status} {text}")
        try:
            return json.loads(text)
        except ValueError:
            return text


def meet(world, server: Server, link: str, admin_token: str, bob_token: str, record) -> bytes:
    """The two meet: chat, a poll, a file, a recording that `record("start"|"stop")` begins and ends. Gives the file's content."""
    voice = media.speech(8, "en")
    media.write_wav(world.folder / "ada.wav", voice)
    ada = server.join(link, "Ada", "--audio", world.folder / "ada.wav", "--loop", "--token", admin_token, stdin=True)
    wait_until("Ada to be in", lambda: ada.last().get("state") == "joined", 30)
    bob = server.join(link, "Bob", "--token", bob_token, stdin=True)
    wait_until("the two to see each other", lambda: all(c.last()["remotes"] for c in (ada, bob)), 30)
    ada.say("Hello Bob")
    wait_until("Bob to read it", lambda: bob.reads("Hello Bob"))
    ada.say("/poll Lunch | What? | Soup | Salad")
    wait_until("the draft", lambda: ada.activity("poll_changed"))
    ada.say("/poll-open 1")
    wait_until("the poll", lambda: bob.activity("poll_changed"))
    bob.say("/vote 1 2")
    wait_until("the vote", lambda: ada.activity("poll_changed")[-1]["poll"]["votes"] == 1)
    ada.say("/poll-close 1")
    ada.say("/poll-share 1")
    wait_until("the result", lambda: bob.activity("poll_changed")[-1]["poll"]["results"])
    check(bob.activity("poll_changed")[-1]["poll"]["results"][0]["votes"] == [0, 1], str(bob.activity("poll_changed")[-1]))
    content = b"what we have agreed\n" * 20_000
    (world.folder / "plan.txt").write_bytes(content)
    ada.say(f"/send {world.folder / 'plan.txt'}")
    wait_until("the file in the chat", lambda: any(m["files"] for m in bob.chat().values()), 30)
    file = next(m["files"][0]["file"] for m in bob.chat().values() if m["files"])
    bob.say(f"/get {file} {world.folder / 'got.txt'}")
    wait_until("the file to be saved", lambda: "Saved as" in bob.errors(), 30)
    check((world.folder / "got.txt").read_bytes() == content, "the same bytes")
    record("start", ada)
    wait_until("the recorder in the roster", lambda: any(r["name"] == "Recording" for r in bob.last()["remotes"]), 30)
    bob.say("/agree")
    harness.time.sleep(6)
    record("stop", ada)
    wait_until("the recorder to have left", lambda: not any(r["name"] == "Recording" for r in bob.last()["remotes"]), 30)
    for client in (ada, bob):
        client.stop()
    return content


def plays(path: pathlib.Path) -> None:
    """The composed film has a picture or a sound of some seconds."""
    said = media.read_audio(path)
    check(len(said) > 48_000 * 2, f"the film has {len(said)} samples")


@scenario("an administrator sets up from the printed link with the command line alone; two schedule, meet, chat, vote, share a file, record; it plays after a restart", long=True)
def first_day_by_command_line(world):
    server, mail = with_mail(world)
    admin = Person(server, "ada@example.org", PASSWORD)
    admin.run("setup", printed_link(server), "--user", "ada@example.org", "--name", "Ada", "--ca", server.ca)
    check("not valid" in admin.run("setup", server.url + "/setup?token=used", "--ca", server.ca, expected=3), "the link works once")
    admin.sign_in()

    # People, groups, roles, policies.
    admin.run("group", "create", "Sales")
    check("people" in admin.run("group", "list"), "the group is listed")
    admin.run("role", "create", "Planner", "--allow", "meetings_read,meetings_write")
    admin.run("policy", "set", "recording.consent_text", "We keep it for a month.")
    admin.run("policy", "set", "recording.retention_days", "30", "--lock")
    check(len(admin.json("policy", "list")["policies"]) >= 25, "every policy is listed")
    invited = admin.json("user", "invite", BOB)
    check(invited["login"] == BOB, str(invited))
    check(BOB in admin.run("user", "invitations"), "the invitation is listed")
    bob = Person(server, BOB, BOBS)
    bob.run("user", "accept", link_in_mail(mail, BOB, "/invitation"), "--name", "Bob")
    bob.sign_in()
    admin.run("group", "add", "Sales", BOB)
    admin.run("role", "assign", BOB, "Planner")
    check("Bob" in admin.run("group", "members", "Sales") and "Bob" in admin.run("role", "members", "Planner"), "Bob is there")
    admin.run("policy", "set", "chat.private", "false", "--group", "Sales")
    effective = {p["name"]: p for p in bob.json("policy", "show")["policies"]}
    check(effective["chat.private"]["value"] is False and effective["chat.private"]["source"] == "group", str(effective["chat.private"]))
    check(effective["recording.retention_days"]["locked"], str(effective["recording.retention_days"]))
    check("administrator" in bob.run("policy", "set", "recording.retention_days", "1", "--mine", expected=3), "a lock holds")
    bob.run("policy", "set", "meeting.waiting_room", "true", "--mine")
    check("waiting_room = true  (user)" in admin.run("policy", "show", "--for", BOB), "its origin is told")
    bob.run("policy", "unset", "meeting.waiting_room", "--mine")

    # An application gets its secret once, and a token for it.
    app = admin.json("app", "create", "Reports", "--scopes", "meeting:read:list_meetings:admin")
    check(app["client_secret"] and "client_secret" not in admin.json("app", "list")["applications"][0], "the secret is seen once")
    second = admin.json("app", "secret", app["client_id"])
    check(second["client_secret"] != app["client_secret"], "a new secret")
    admin.run("app", "remove", app["client_id"])

    # Sessions.
    sessions = bob.json("session", "list")["sessions"]
    check(len(sessions) == 2 and sum(s["current"] for s in sessions) == 1, f"the one of the invitation and this one: {sessions}")
    bob.run("session", "revoke", "--others")
    check(len(bob.json("session", "list")["sessions"]) == 1, "only this one is left")

    made = admin.json("meeting", "create", "--topic", "Plans", "--at", "2030-01-07 10:00", "--zone", "Asia/Taipei", "--invite", BOB)
    wait_until("the calendar file", lambda: mail.calendars(BOB), 30)
    guest = admin.json("meeting", "guest", str(made["id"]), "--name", "Carol", "--hours", "2")
    admin.run("meeting", "guest", str(made["id"]), "--revoke", guest["id"])
    late = server.join(guest["join_url"], "Carol", "--duration", "5")
    check(late.wait(20) == 3, f"a link that was taken back: {late.popen.returncode} {late.errors()}")

    def record(what, host):
        host.say("/record-start" if what == "start" else "/record-stop")
    meet(world, server, made["join_url"], admin.environment["SEALHALL_TOKEN"], bob.environment["SEALHALL_TOKEN"], record)
    server.process.stop()
    server.start()
    server.token = admin.environment["SEALHALL_TOKEN"]

    def film():
        status, answer = server.request("GET", f"/v2/meetings/{made['id']}/recordings")
        files = [f for f in answer.get("recording_files", []) if f["file_type"] == "MP4"] if status == 200 else []
        return files[0] if files and files[0].get("status", "completed") == "completed" else None
    found = wait_until("the film after the restart", film, 180)
    from recording import save
    plays(save(world, server, found, "film"))
    check("Ada: Hello Bob" in admin.run("meeting", "chat", str(made["id"])), "what was written is read afterwards")
    check("Hello Bob" in admin.run("meeting", "chat", str(made["id"]), "--search", "hello bob"), "and found")
    check(admin.run("meeting", "chat", str(made["id"]), "--search", "nobody wrote this") == "", "and nothing else is")

    # Somebody who leaves.
    admin.run("user", "suspend", BOB)
    bob.run("session", "list", expected=3)
    admin.run("user", "remove", BOB)
    check(BOB not in admin.run("user", "list"), "Bob is gone")


@scenario("the same with curl alone: set-up, invitation by mail and page, a planned meeting, a recording; a forgotten password is set anew by a page")
def first_day_by_curl(world):
    server, mail = with_mail(world)
    admin, bob = Curl(server), Curl(server)
    token = printed_link(server).split("token=")[1]
    made = admin("POST", "/api/setup", {"token": token, "login": "ada@example.org", "name": "Ada", "password": PASSWORD}, expected=201)
    admin.token = made["token"]
    admin("POST", "/api/invitations", {"login": BOB}, expected=201)
    link = link_in_mail(mail, BOB, "/invitation")
    check("<form" in bob("GET", link, headers=("Accept-Language: zh-TW",)), "the page has a form")
    check("您已受邀" in bob("GET", link, headers=("Accept-Language: zh-TW",)), "in Bob's language")
    form = {"token": link.split("token=")[1], "name": "Bob", "password": BOBS}
    check("role=\"alert\"" in bob("POST", "/invitation", form={**form, "password": "password12"}, expected=400), "a weak one is refused")
    bob("POST", "/invitation", form=form, expected=201)
    bob.token = bob("POST", "/api/sign-in", {"login": BOB, "password": BOBS})["token"]

    meeting = admin("POST", "/v2/users/me/meetings", {"topic": "Plans", "type": 2, "start_time": "2030-01-07T10:00:00", "timezone": "Asia/Taipei",
                                                      "settings": {"meeting_invitees": [{"email": BOB}]}}, expected=201)
    wait_until("the calendar file", lambda: mail.calendars(BOB), 30)
    number = meeting["id"]

    def record(what, _):
        admin("PATCH", f"/v2/live_meetings/{number}/events", {"method": f"recording.{what}"}, expected=202 if what == "start" else 204)
    meet(world, server, meeting["join_url"], admin.token, bob.token, record)
    server.process.stop()
    server.start()

    def film():
        answer = subprocess.run(["curl", "-s", "--cacert", str(server.ca), "-H", f"Authorization: Bearer {admin.token}",
                                 f"{server.url}/v2/meetings/{number}/recordings"], text=True, capture_output=True, timeout=30).stdout
        files = [f for f in json.loads(answer or "{}").get("recording_files", []) if f["file_type"] == "MP4"]
        return files[0] if files else None
    found = wait_until("the film after the restart", film, 180)
    path = world.folder / "film.mp4"
    admin("GET", urllib.parse.urlsplit(found["download_url"]).path, save=str(path))
    plays(path)

    # Bob has forgotten his password.
    stranger = Curl(server)
    stranger("POST", "/password", form={"login": BOB}, expected=202)
    link = link_in_mail(mail, BOB, "/password")
    stranger("POST", "/password", form={"token": link.split("token=")[1], "password": "a third horse battery staple"})
    bob("GET", "/api/me", expected=401)
    stranger("POST", "/api/sign-in", {"login": BOB, "password": "a third horse battery staple"})
    stranger("GET", link, expected=403)


@scenario("what an administrator types is done and can be taken back: groups, roles, applications, sessions, webhooks")
def typed_by_an_administrator(world):
    import webhooks
    server = Server(world, extra=["--webhooks-anywhere"]).start().set_up()
    status, answer = server.request("POST", "/api/users", {"login": BOB, "name": "Bob", "password": BOBS})
    check(status == 201, f"{answer}")
    admin, bob = Person(server, "admin", PASSWORD).sign_in(), Person(server, BOB, BOBS).sign_in()

    admin.run("group", "create", "Sales")
    admin.run("group", "rename", "Sales", "Trade")
    groups = admin.run("group", "list")
    check("Trade" in groups and "Sales" not in groups, f"renamed: {groups}")
    admin.run("group", "add", "Trade", BOB)
    check(BOB in admin.run("group", "members", "Trade"), "Bob is in it")
    admin.run("group", "take", "Trade", BOB)
    check(BOB not in admin.run("group", "members", "Trade"), "Bob is out of it")
    admin.run("group", "remove", "Trade")
    check("Trade" not in admin.run("group", "list"), "the group is gone")

    admin.run("role", "create", "Desk", "--allow", "users_read")
    admin.run("role", "assign", BOB, "Desk")
    check(BOB in bob.run("user", "list"), "the role lets Bob see people")
    admin.run("role", "change", "Desk", "--allow", "groups_read")
    bob.run("user", "list", expected=3)
    bob.run("group", "list")
    admin.run("role", "remove", "Desk")
    bob.run("group", "list", expected=3)
    check("Desk" not in admin.run("role", "list") and BOB in admin.run("role", "members", "member"), "Bob is a member again")

    app = admin.json("app", "create", "Reports", "--scopes", "user:read:admin")

    def token(expected: int) -> dict:
        return Curl(server)("POST", "/oauth/token", form={"grant_type": "account_credentials", "client_id": app["client_id"],
                                                          "client_secret": app["client_secret"]}, expected=expected)
    program = Curl(server)
    program.token = token(200)["access_token"]
    check(len(program("GET", "/v2/users")["users"]) == 2, "a program reads who there is")
    admin.run("app", "disable", app["client_id"])
    token(401)
    admin.run("app", "enable", app["client_id"])
    token(200)
    admin.run("app", "remove", app["client_id"])
    token(401)

    elsewhere = Person(server, BOB, BOBS).sign_in()
    other = next(s["id"] for s in bob.json("session", "list")["sessions"] if not s["current"])
    bob.run("session", "revoke", other)
    elsewhere.run("session", "list", expected=3)
    bob.run("session", "sign-out")
    bob.run("session", "list", expected=3)

    listener = world.keep(webhooks.Listener(webhooks.proves_itself))
    printed = admin.run("webhook", "add", listener.url("/hooks"), "--events", "meeting.created", "--secret", webhooks.SECRET)
    subscription = printed.split()[0]
    check(" active " in printed and subscription in admin.run("webhook", "list"), printed)
    check("active" in admin.run("webhook", "check", subscription), "it proves itself once more")
    server.create_meeting("Budget")
    listener.one("meeting.created")
    admin.run("webhook", "remove", subscription)
    check(subscription not in admin.run("webhook", "list"), "nothing is sent there any more")


def totp(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@scenario("an account from the command line: made, with a second factor that is lost, given a role and let go, signed out, locked and let in again")
def one_account_by_commands(world):
    server = Server(world).start().set_up()
    admin = Person(server, "admin", PASSWORD).sign_in()
    admin.environment["SEALHALL_NEW_PASSWORD"] = BOBS
    admin.run("user", "add", "cem", "--name", "Cem")

    def signs_in(*words, expected: int = 0) -> str:
        return Person(server, "cem", BOBS).run("session", "sign-in", "--user", "cem", *words, expected=expected)

    cem = Person(server, "cem", BOBS).sign_in()
    secret = re.search(r"authenticator app: (\S+)", cem.run("session", "second-factor")).group(1)
    codes = re.findall(r"^  (\S+)$", cem.run("session", "second-factor", "--confirm", totp(secret)), re.MULTILINE)
    check(len(codes) == 10, f"recovery codes: {len(codes)}")
    signs_in(expected=3)
    signs_in("--code", codes[0])
    signs_in("--code", codes[0], expected=3)
    admin.run("user", "reset-2fa", "cem")
    signs_in()
    # Who has a token already and signs in gets another one.
    check(cem.run("session", "sign-in", "--user", "cem").strip() not in ("", cem.environment["SEALHALL_TOKEN"]), "no other token")

    cem.run("user", "list", expected=3)
    admin.run("user", "set-role", "cem", "admin")
    check("Cem" in cem.run("user", "list"), "an administrator sees people")
    admin.run("user", "set-role", "cem", "member")
    cem.run("user", "list", expected=3)
    admin.run("user", "sign-out", "cem")
    cem.run("session", "list", expected=3)
    admin.run("user", "disable", "cem")
    signs_in(expected=3)
    admin.run("user", "enable", "cem")
    signs_in()
    admin.run("policy", "set", "chat.files", "false")
    check("chat.files" in admin.run("policy", "settings"), "what the account has set")
    admin.run("policy", "unset", "chat.files")
    check("chat.files" not in admin.run("policy", "settings"), "what it has set no more")
