"""The admin console in Chromium: people from a file, a role, a group, a locked policy, keys, a webhook, every screen."""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import ssl
import subprocess
import time

import harness
import media
from harness import PASSWORD, ROOT, Process, Server, check, scenario, wait_until
from meetings import browser
from receiver import Receiver
from recorded import completed, live, meeting_id, start_recording

MEMBER = "bob@example.org"
FILE = "Email,Name,Role,Group\r\nnew@example.org,New Person,,\r\nnonsense,,,\r\nnew@example.org,Again,,\r\nbob@example.org,Bob,,\r\nx@example.org,X,Captain,Nowhere\r\n"


def told(page: Process, what: str, seconds: float = 120) -> dict:
    """What the page says under this name."""
    def line():
        found = next((x for x in (json.loads(y) for y in page.lines if y.startswith("{")) if x["what"] == what), None)
        check(found is not None or page.running(), f"the page ended before it said {what}:\n{page.errors()[-3000:]}")
        return found
    return wait_until(f"the page to say {what}", line, seconds)


def sealhall(*words) -> str:
    done = subprocess.run([str(harness.BIN / "sealhall"), *map(str, words)], text=True, capture_output=True, timeout=120)
    check(done.returncode == 0, f"sealhall {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def backed_up(world, server: Server, page: Process) -> None:
    """What the page says of the machine, before a backup of it and after."""
    well = ("Database: ", "Key service", "Media workers: 1")

    def state_of(checks: list[dict], what: str) -> str:
        found = [c for c in checks if c["what"].startswith(what)]
        check(len(found) == 1, f"{what} is not one of the checks: {checks}")
        check(found[0]["spoken"] == {"good": ": good", "warn": ": needs attention", "bad": ": broken"}[found[0]["state"]], f"what is heard of it: {found}")
        return found[0]["state"]
    checks = told(page, "healthy")["checks"]
    check(all(state_of(checks, what) == "good" for what in well) and state_of(checks, "Backup") == "warn", f"before a backup: {checks}")

    recipient = sealhall("backup", "--new-key", world.folder / "backup.key").splitlines()[0]
    begun = datetime.datetime.now().replace(second=0, microsecond=0)  # the page names minutes
    sealhall("backup", world.folder / "copy", "--data", server.data, "--encrypt-to", recipient)
    ended = datetime.datetime.now()
    page.say("made")
    seen = told(page, "backed")
    # Between the time and "AM" stands a narrow space.
    at = datetime.datetime.strptime(" ".join(seen["backup"]["Made at"].split()), "%b %d, %Y, %I:%M %p")
    check(begun <= at <= ended, f"the backup was made between {begun} and {ended}, and the page says {seen['backup']}")
    check(seen["backup"]["Written to"] == str(world.folder / "copy"), f"where the backup is: {seen['backup']}")
    check(all(state_of(seen["checks"], what) == "good" for what in (*well, "Backup")) and not seen["warned"], f"after a backup: {seen}")


@scenario("an administrator imports people, makes a role and a group, locks a policy that a member feels, rotates keys, hears a webhook, makes a backup; every screen is sound", long=True)
def console(world):
    server = Server(world, extra=["--webhooks-anywhere"])
    server.extra += ["--public-url", f"https://localhost:{server.port}"]
    server.start().set_up()
    status, made = server.request("POST", "/api/users", {"login": MEMBER, "name": "Bob", "password": PASSWORD})
    check(status == 201, f"the member: {made}")
    member = server.request("POST", "/api/sign-in", {"login": MEMBER, "password": PASSWORD})[1]["token"]
    meeting = server.create_meeting("Something that is sealed")  # so that there is a data key
    native = server.join(meeting, "Native", host=True, stdin=True)
    wait_until("the native client to be in the meeting", lambda: native.last().get("state") == "joined", 20)
    secret = {"value": ""}

    def proves_itself(body: bytes) -> bytes:
        message = json.loads(body)
        if message.get("event") != "endpoint.url_validation" or not secret["value"]:
            return b"{}"
        plain = message["payload"]["plainToken"]
        return json.dumps({"plainToken": plain, "encryptedToken": hmac.new(secret["value"].encode(), plain.encode(), hashlib.sha256).hexdigest()}).encode()

    listener = world.keep(Receiver(proves_itself))
    page = browser(world, "admin", link=f"https://localhost:{server.port}/admin", password=PASSWORD, hook=listener.url("/hooks"), csv=FILE, member=MEMBER,
                   logo=base64.b64encode((ROOT / "fuzz/seeds/logo/rgb.png").read_bytes()).decode())

    imported = told(page, "imported")
    check(imported["verdicts"].count("Well") == 1, f"what is wrong in which line: {imported['verdicts']}")
    for problem in ("Not an e-mail address", "Twice in this file", "Has an account already", "No such roleNo such group"):
        check(problem in imported["verdicts"], f"{problem} is not among {imported['verdicts']}")
    waiting = server.request("GET", "/api/invitations")[1]["invitations"]
    check([i["login"] for i in waiting] == ["new@example.org"], f"who was invited: {waiting}")

    check(told(page, "arranged")["groupMayNot"], "a group may change what the account has locked")
    mine = {p["name"]: p for p in server.request("GET", "/api/me/policies", token=member)[1]["policies"]}["chat.private"]
    check(mine["value"] is False and mine["locked"] and mine["source"] == "account", f"what the member is told: {mine}")
    status, answer = server.request("PUT", "/api/me/policies", {"settings": [{"name": "chat.private", "value": True}]}, token=member)
    mine = {p["name"]: p for p in server.request("GET", "/api/me/policies", token=member)[1]["policies"]}["chat.private"]
    check(mine["value"] is False, f"the member went past the lock: {status} {answer} {mine}")
    group = server.request("GET", "/api/groups")[1]["groups"]
    check([(g["name"], g["members"]) for g in group] == [("Sales", 1)], f"the groups: {group}")
    me = server.request("GET", "/api/me", token=member)[1]
    check(sorted(me["permissions"]) == ["meetings_read", "meetings_write"], f"the member's role: {me}")

    told(page, "tracked")
    fields = server.request("GET", "/v2/tracking_fields")[1]["tracking_fields"]
    check([(f["field"], f["required"], f["recommended_values"]) for f in fields] == [("Cost centre <b>", True, ["17", "23"])], f"what is asked of every meeting: {fields}")
    check(server.request("POST", "/v2/users/me/meetings", {"topic": "Without", "type": 2}, token=member)[0] == 400, "a meeting was planned without what is asked")
    page.say("asked")

    told(page, "ended")
    wait_until("the native client to be told that the meeting is over", lambda: not native.running(), 20)

    rewrapping = told(page, "rewrapping")
    for when, done in (("early", 234), ("late", 1000)):
        seen = rewrapping[when]
        check(seen["text"] == seen["spoken"] == f"{done:,} of 1,234 data keys" and (seen["now"], seen["all"]) == (str(done), "1234"), f"how far it is: {seen}")
        check(abs(seen["line"] - done / 1234) < 0.001, f"how far the line is: {seen}")
    tree = rewrapping["made"]
    check([k["what"] for k in tree] == ["Root key", "Account keys: 2", "Data keys: 1,234"], f"the hierarchy of keys: {tree}")
    check(tree[0]["id"] == "00c0ffee" and "7 were shredded" in tree[2]["text"], f"which root key, and what was shredded: {tree}")

    rotated = told(page, "rotated")
    check(rotated["progress"] > rotated["before"] > 0, f"versions of keys: {rotated}")
    root = server.request("GET", "/api/keys")[1]["root"]
    check(root and rotated["root"] == root, f"the root key is {root}, the page names {rotated['root']}")

    secret["value"] = told(page, "secret")["secret"]
    page.say("known")
    told(page, "active")
    check(server.request("POST", "/api/users", {"login": "hooked@example.org", "name": "Hooked", "password": PASSWORD})[0] == 201, "a user for the webhook")
    page.say("made")
    check(json.loads(told(page, "delivered")["body"])["event"] == "user.created", "the body of the delivery")
    bodies = [json.loads(got[3]) for got in listener.got]
    check(sum(b["event"] == "user.created" for b in bodies) == 2, f"the delivery and its replay: {[b['event'] for b in bodies]}")

    tables = told(page, "tables")
    lines = tables["table"].lstrip("\ufeff").splitlines()
    check(lines[0].startswith("id,email,") and len(lines) == 4, f"the exported table: {lines}")
    check(tables["order"] == sorted(tables["order"]), f"the order: {tables['order']}")

    branded = told(page, "branded")
    check(branded["pale"] and branded["filled"] == "rgb(10, 90, 64)", f"the accent colour: {branded}")
    looks = server.request("GET", "/api/branding", token="")[1]
    check(looks["organisation"] == "Söhne & Co" and looks["accent"] == "#0a5a40" and "logo" in looks, f"what strangers see: {looks}")

    backed_up(world, server, page)

    done = told(page, "done", 600)
    for screen, findings in done["findings"].items():
        check(not findings, f"axe on {screen}: {findings}")
    check(done["offered"] == ["Overview", "Live meetings"], f"what a planner is offered: {done['offered']}")
    check(not done["problems"], f"the pages complain: {done['problems']}")
    check(not done["elsewhere"], f"the pages asked others: {done['elsewhere']}")


def token_of(server: Server, application: dict) -> str:
    """As a program gets it, with what the console has shown of the application."""
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=ssl.create_default_context(cafile=str(server.ca)), timeout=10)
    try:
        connection.request("POST", f"/oauth/token?grant_type=account_credentials&account_id={application['account']}", "", {
            "Authorization": "Basic " + base64.b64encode(f"{application['id']}:{application['secret']}".encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded"})
        response = connection.getresponse()
        answer = json.loads(response.read())
        check(response.status == 200, f"a token for the application: {response.status} {answer}")
        return answer["access_token"]
    finally:
        connection.close()


TOPIC = "Recorded and measured"


def held_and_recorded(world, server: Server) -> None:
    """A meeting of two that was long enough to be measured, a part of it recorded, and is over."""
    link = server.create_meeting(TOPIC).replace("//localhost:", "//127.0.0.1:")
    media.write_clip(world.folder / "ada.mkv", 10, media.speech(10, "en"), flashing=True)
    clip = ("--audio", world.folder / "ada.mkv", "--video", world.folder / "ada.mkv", "--loop")
    ada = server.join(link, "Ada", *clip, host=True)
    blaise = server.join(link, "Blaise", "--record", world.folder / "blaise")
    wait_until("Ada to be in", lambda: ada.last().get("state") == "joined", 20)
    wait_until("Blaise to see Ada", blaise.remote_with_frames, 30)
    meeting = meeting_id(link)
    start_recording(server, meeting)
    time.sleep(10)
    live(server, meeting, "recording.stop", 204)

    def measured() -> bool:
        people = server.request("GET", f"/v2/metrics/meetings/{meeting}/participants/qos?type=live")[1].get("participants", [])
        samples = {p["user_name"]: p["user_qos"] for p in people}
        return any("video_output" in s for s in samples.get("Ada", [])) and any("video_input" in s for s in samples.get("Blaise", []))
    wait_until("a sample of each of them", measured, 75)
    status, answer = server.request("PUT", f"/v2/meetings/{meeting}/status", {"action": "end"})
    check(status == 204, f"ending the meeting: {status} {answer}")
    completed(server)


@scenario("the console shows what was done: quality over time, reports with bars, a recording held and trashed and restored, a suspended person, logs, pages of a list, an application's token", long=True)
def console_records(world):
    server = Server(world)
    server.extra += ["--public-url", f"https://localhost:{server.port}"]
    server.start().set_up()
    status, made = server.request("POST", "/api/users", {"login": MEMBER, "name": "Bob", "password": PASSWORD})
    check(status == 201, f"the member: {made}")
    member = server.request("POST", "/api/sign-in", {"login": MEMBER, "password": PASSWORD})[1]["token"]
    held_and_recorded(world, server)
    page = browser(world, "admin_records", link=f"https://localhost:{server.port}/admin", password=PASSWORD, member=MEMBER, topic=TOPIC)

    quality = told(page, "quality", 180)
    check("Recorded" in quality["used"][0] and "Video" in quality["used"][0], f"what the meeting used: {quality['used']}")
    people = {name.split(" (")[0]: seen for name, seen in quality["found"].items()}
    check(set(people) >= {"Ada", "Blaise"}, f"who was measured: {list(quality['found'])}")
    for name in ("Ada", "Blaise"):
        shown = {p["title"].split(" (")[0]: p for p in people[name]["plots"]}
        check(shown["Bit rate"]["dots"] > 0 and shown["Loss, average"]["dots"] > 0, f"plots of {name}: {shown}")
        check(any(any(c.isdigit() for c in cell) for cell in people[name]["numbers"]), f"the numbers behind the plot of {name}: {people[name]['numbers']}")
    world.note("quality", {name: [p["says"] for p in seen["plots"]] for name, seen in people.items()})

    reports = told(page, "reports")
    daily = {p["title"]: p for p in reports["daily"]["plots"]}
    check(all(daily[title]["bars"] > 0 for title in ("Meetings", "Participants", "New users")), f"bars of the days: {daily}")
    check(sum(int(cell) for cell in reports["daily"]["numbers"]) == 1, f"meetings by day: {reports['daily']['numbers']}")
    check(reports["hosts"][0].startswith("Admin") and reports["top"][0]["bars"] == 1, f"who held meetings: {reports['hosts']}, {reports['top']}")
    check(reports["room"][0]["dots"] > 0, f"the room that recordings take: {reports['room']}")

    recordings = told(page, "recordings")
    check(recordings["refused"] == "This recording is under legal hold.", f"thrown away under legal hold: {recordings['refused']}")
    check(recordings["saved"] < 300 and server.request("GET", "/api/recording-settings")[1]["retention_days"] == 45, f"days to keep: {recordings}")
    status, answer = server.request("GET", "/api/account/recordings")
    one = answer["recordings"][0]
    check(len(answer["recordings"]) == 1 and not one["legal_hold"] and one["delete_at"].startswith("2031-02-03"), f"the recording: {answer}")

    suspended = told(page, "suspended")
    check(suspended["refused"], "whoever is suspended was let in")
    check(server.request("GET", "/api/me", token=member)[0] == 401, "a session of whoever is suspended lives on")
    status, answer = server.request("POST", "/api/sign-in", {"login": MEMBER, "password": PASSWORD}, token="")
    check(status == 401, f"whoever is suspended signs in: {status} {answer}")
    page.say("looked")
    check(not told(page, "enabled")["problems"], "the member's page complains")
    check(server.request("POST", "/api/sign-in", {"login": MEMBER, "password": PASSWORD}, token="")[0] == 200, "who was enabled again is not let in")

    logs = told(page, "logs")
    for line in ("added User by admin", "suspended User by admin", "enabled User by admin"):
        check(line in logs["operations"], f"'{line}' is not in the operation log: {logs['operations']}")
    check({"signed in", "refused"} <= set(logs["signIns"]), f"the sign-in log: {logs['signIns']}")
    check(logs["refused"] and set(logs["refused"]) == {MEMBER}, f"who was refused: {logs['refused']}")

    pages = told(page, "pages", 240)
    check(pages["first"] == "1–30 of 31" and pages["second"] == "31–31 of 31" and pages["end"], f"pages of the list: {pages}")
    check(pages["last"] == ["guest31@example.org"] and pages["sought"] == ["guest07@example.org"], f"what stands on them: {pages}")
    lines = pages["table"].lstrip("\ufeff").splitlines()
    check(len(lines) == 2 and "guest07@example.org" in lines[1], f"the export of what was sought: {lines}")
    check(server.request("GET", "/api/invitations?page_size=1")[1]["total_records"] == 31, "not everybody of the file was invited")

    token = token_of(server, told(page, "application"))
    status, users = server.request("GET", "/v2/users", token=token)
    check(status == 200 and {u["email"] for u in users["users"]} == {"admin", MEMBER}, f"what the application may read: {status} {users}")
    status, answer = server.request("GET", "/v2/groups", token=token)
    check(status == 403 and "scope" in answer["message"], f"what it may not: {status} {answer}")
    page.say("used")

    done = told(page, "done")
    for screen, findings in done["findings"].items():
        check(not findings, f"axe on {screen}: {findings}")
    check(not done["problems"], f"the pages complain: {done['problems']}")
    check(not done["elsewhere"], f"the pages asked others: {done['elsewhere']}")
