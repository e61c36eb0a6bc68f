"""The admin console in Chromium: people from a file, a role, a group, a locked policy, keys, a webhook, every screen."""
import hashlib
import hmac
import json

from trial import trial
from harness import PASSWORD, Server, check, wait_until
from meetings import browser
from receiver import Receiver

ALONE = True  # several browsers: what stands beside them starves them

MEMBER = "bob@example.org"
FILE = "Email,Name,Role,Group\r\nnew@example.org,New Person,,\r\nnonsense,,,\r\nnew@example.org,Again,,\r\nbob@example.org,Bob,,\r\nx@example.org,X,Captain,Nowhere\r\n"


@trial("an administrator imports people, makes a role and a group, locks a policy that a member feels, rotates keys, hears a webhook; every screen is sound")
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
    page = browser(world, "admin", link=f"https://localhost:{server.port}/admin", password=PASSWORD, hook=listener.url("/hooks"), csv=FILE, member=MEMBER)

    def told(what: str, seconds: float = 120) -> dict:
        def line():
            found = next((x for x in (json.loads(y) for y in page.lines if y.startswith("{")) if x["what"] == what), None)
            check(found is not None or page.running(), f"the page ended before it said {what}:\n{page.errors()[-3000:]}")
            return found
        return wait_until(f"the page to say {what}", line, seconds)

    imported = told("imported")
    check(imported["verdicts"].count("Well") == 1, f"what is wrong in which line: {imported['verdicts']}")
    for problem in ("Not an e-mail address", "Twice in this file", "Has an account already", "No such roleNo such group"):
        check(problem in imported["verdicts"], f"{problem} is not among {imported['verdicts']}")
    waiting = server.request("GET", "/api/invitations")[1]["invitations"]
    check([i["login"] for i in waiting] == ["new@example.org"], f"who was invited: {waiting}")

    check(told("arranged")["groupMayNot"], "a group may change what the account has locked")
    mine = {p["name"]: p for p in server.request("GET", "/api/me/policies", token=member)[1]["policies"]}["chat.private"]
    check(mine["value"] is False and mine["locked"] and mine["source"] == "account", f"what the member is told: {mine}")
    status, answer = server.request("PUT", "/api/me/policies", {"settings": [{"name": "chat.private", "value": True}]}, token=member)
    mine = {p["name"]: p for p in server.request("GET", "/api/me/policies", token=member)[1]["policies"]}["chat.private"]
    check(mine["value"] is False, f"the member went past the lock: {status} {answer} {mine}")
    group = server.request("GET", "/api/groups")[1]["groups"]
    check([(g["name"], g["members"]) for g in group] == [("Sales", 1)], f"the groups: {group}")
    me = server.request("GET", "/api/me", token=member)[1]
    check(sorted(me["permissions"]) == ["meetings_read", "meetings_write"], f"the member's role: {me}")

    told("ended")
    wait_until("the native client to be told that the meeting is over", lambda: not native.running(), 20)

    rotated = told("rotated")
    check(rotated["progress"] > rotated["before"] > 0, f"versions of keys: {rotated}")

    secret["value"] = told("secret")["secret"]
    page.say("known")
    told("active")
    check(server.request("POST", "/api/users", {"login": "hooked@example.org", "name": "Hooked", "password": PASSWORD})[0] == 201, "a user for the webhook")
    page.say("made")
    check(json.loads(told("delivered")["body"])["event"] == "user.created", "the body of the delivery")
    bodies = [json.loads(got[3]) for got in listener.got]
    check(sum(b["event"] == "user.created" for b in bodies) == 2, f"the delivery and its replay: {[b['event'] for b in bodies]}")

    tables = told("tables")
    lines = tables["table"].lstrip("\ufeff").splitlines()
    check(lines[0].startswith("id,email,") and len(lines) == 4, f"the exported table: {lines}")
    check(tables["order"] == sorted(tables["order"]), f"the order: {tables['order']}")

    done = told("done", 420)
    for screen, findings in done["findings"].items():
        check(not findings, f"axe on {screen}: {findings}")
    check(done["offered"] == ["Overview", "Live meetings"], f"what a planner is offered: {done['offered']}")
    check(not done["problems"], f"the pages complain: {done['problems']}")
    check(not done["elsewhere"], f"the pages asked others: {done['elsewhere']}")
