"""Two people plan a meeting, get calendar files by mail, meet by the link, change it, cancel it."""
import json
import re
import subprocess

import harness
from harness import PASSWORD, Server, check, scenario, wait_until
from mails import MailServer


def command(server: Server, *words: str) -> str:
    done = subprocess.run([str(harness.BIN / "sealhall"), "meeting", words[0], "--server", server.url, "--ca", str(server.ca), "--token",
                           server.token, *words[1:]], text=True, capture_output=True, timeout=30)
    check(done.returncode == 0, f"meeting {words}: {done.returncode} {done.stderr}")
    return done.stdout


def field(calendar: str, name: str) -> str:
    """Of the meeting, not of its time zone."""
    event = calendar[calendar.index("BEGIN:VEVENT"):]
    line = next((line for line in event.split("\r\n") if re.match(rf"{name}[;:]", line)), "")
    return line.split(":", 1)[1] if ":" in line else ""


@scenario("planning: invited by mail with a calendar file, met by its link, changed, one cancelled, all cancelled")
def planning(world):
    mail = world.keep(MailServer())
    server = Server(world)
    server.data.mkdir(mode=0o700)
    (server.data / "identity.json").write_text(json.dumps({"mail": mail.settings()}))
    server.start().set_up()

    made = command(server, "create", "--topic", "Weekly plans", "--at", "2030-01-07 10:00", "--zone", "Asia/Taipei", "--minutes", "45",
                   "--repeat", "weekly:mon,thu", "--times", "4", "--invite", "bob@example.org", "--language", "zh-TW")
    number = re.search(r"id: +(\d{11})", made).group(1)
    wait_until("the invitation", lambda: mail.calendars("bob@example.org"), 30)
    invitation = mail.calendars("bob@example.org")[0]
    check("METHOD:REQUEST" in invitation and field(invitation, "SEQUENCE") == "0", invitation)
    check(field(invitation, "DTSTART") == "20300107T100000" and "TZID:Asia/Taipei" in invitation, invitation)
    check(field(invitation, "RRULE") == "FREQ=WEEKLY;WKST=SU;BYDAY=MO,TH;COUNT=4", invitation)
    text = next(m for m in mail.mails if "bob@example.org" in str(m["To"]))
    check("Weekly plans" in str(text["Subject"]) and "會議邀請" in str(text["Subject"]), str(text["Subject"]))

    # Both meet: Bob by the link of his calendar, Ada by the link that starts the meeting.
    link = field(invitation, "LOCATION").replace("\\;", ";").replace("\\,", ",")
    status, seen = server.request("GET", f"/v2/meetings/{number}")
    check(status == 200 and len(seen["occurrences"]) == 4, f"{status} {seen}")
    ada = server.join(seen["start_url"], "Ada", "--duration", "12")
    bob = server.join(link, "Bob", "--duration", "12")
    for person in (ada, bob):
        wait_until("both to be in", lambda p=person: p.stats() and len(p.last().get("remotes", [])) == 1, 20)
    check(server.request("GET", f"/v2/meetings/{number}")[1]["status"] == "started", "the meeting runs")
    check(ada.wait(30) == 0 and bob.wait(30) == 0, f"{ada.errors()} {bob.errors()}")

    second = seen["occurrences"][1]["occurrence_id"]
    command(server, "edit", number, "--at", "2030-01-07 11:00")
    wait_until("the change", lambda: len(mail.calendars("bob@example.org")) >= 2, 30)
    changed = mail.calendars("bob@example.org")[1]
    check(field(changed, "SEQUENCE") == "1" and field(changed, "DTSTART") == "20300107T110000", changed)
    check(field(changed, "UID") == field(invitation, "UID"), "the same entry of the calendar")
    status, seen = server.request("GET", f"/v2/meetings/{number}")
    second = seen["occurrences"][1]["occurrence_id"]
    command(server, "cancel", number, "--occurrence", second)
    wait_until("the cancelled one", lambda: len(mail.calendars("bob@example.org")) >= 3, 30)
    one = mail.calendars("bob@example.org")[2]
    check("METHOD:CANCEL" in one and field(one, "RECURRENCE-ID") == "20300110T110000", one)
    check("Weekly plans" in command(server, "list", "--type", "upcoming"), "it is listed")

    command(server, "cancel", number)
    wait_until("the cancellation", lambda: len(mail.calendars("bob@example.org")) >= 4, 30)
    gone = mail.calendars("bob@example.org")[3]
    check("METHOD:CANCEL" in gone and field(gone, "SEQUENCE") == "3" and not field(gone, "RECURRENCE-ID"), gone)
    late = server.join(link, "Late", "--duration", "5")
    check(late.wait(20) == 3, f"nobody comes in any more: {late.popen.returncode} {late.errors()}")


@scenario("registration: who registered and was approved comes in by a link of their own, others are told to register")
def registration(world):
    server = Server(world).start().set_up()
    made = command(server, "create", "--topic", "Talk", "--at", "2030-01-07 10:00Z", "--register", "approve")
    number = re.search(r"id: +(\d{11})", made).group(1)
    link = re.search(r"join: +(\S+)", made).group(1)
    stranger = server.join(link, "Stranger", "--duration", "5")
    check(stranger.wait(20) == 3 and "register" in stranger.errors(), f"{stranger.popen.returncode} {stranger.errors()}")
    status, answer = server.request("POST", f"/v2/meetings/{number}/registrants",
                                    {"email": "dora@example.org", "first_name": "Dora", "last_name": "D"})
    check(status == 201 and "join_url" not in answer, f"{status} {answer}")
    check("pending" in command(server, "registrants", number), "she waits")
    listed = json.loads(command(server, "registrants", number, "--json"))
    check([r["email"] for r in listed["registrants"]] == ["dora@example.org"], str(listed))
    invitation = json.loads(command(server, "invite", number, "--json"))
    check(number[:3] in invitation["invitation"], str(invitation))
    edited = json.loads(command(server, "edit", number, "--topic", "Talks", "--json"))
    check(edited["topic"] == "Talks", str(edited))
    check("approved" in command(server, "registrants", number, "--approve", "dora@example.org"), "she may come")
    status, dora = server.request("GET", f"/v2/meetings/{number}/registrants/{answer['registrant_id']}")
    check(status == 200 and "tk=" in dora["join_url"], f"{status} {dora}")
    inside = server.join(dora["join_url"], "Whoever", "--duration", "3")
    check(inside.wait(20) == 0, inside.errors())
    other = server.join(link.split("?")[0], "Other", "--token", server.token, "--duration", "3")
    check(other.wait(20) == 0, f"the owner needs no registration: {other.errors()}")
    check(PASSWORD not in made, "no secret is printed")
