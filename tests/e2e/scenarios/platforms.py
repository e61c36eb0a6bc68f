"""Learning platforms: what the BigBlueButton-compatible API promises, with real people in the meeting and a real recording."""
import base64
import hashlib
import hmac
import json
import re
import time
import urllib.parse
import xml.etree.ElementTree as xml

from harness import Server, check, scenario, wait_until
from learning import Platform, admin_command
import recording
from receiver import Receiver


def verified(body: bytes, secret: str) -> dict:
    """The payload of signed_parameters, a JWT with HS256 (RFC 7519)."""
    token = urllib.parse.parse_qs(body.decode())["signed_parameters"][0]
    said, _, proof = token.rpartition(".")
    mine = base64.urlsafe_b64encode(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    check(hmac.compare_digest(mine, proof), "the signature of the notice is wrong")
    header, payload = (json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in said.split("."))
    check(header["alg"] == "HS256", str(header))
    return payload


@scenario("a learning platform makes a lesson: moderators come in as hosts, it is recorded, the platform hears of it and shows it")
def lesson(world):
    server = Server(world, extra=["--webhooks-anywhere"]).start().set_up()
    receiver = world.keep(Receiver())
    platform = Platform(server)
    made = platform.ask("create", meetingID="class-1", name="Canary algebra", attendeePW="ap", moderatorPW="mp", record="true",
                        welcome="Bring a pen", guestPolicy="ASK_MODERATOR", meta_course="7",
                        **{"meta_endCallbackUrl": receiver.url("/ended"), "meta_bbb-recording-ready-url": receiver.url("/ready")})
    check(made.findtext("returncode") == "SUCCESS", xml.tostring(made).decode())
    number = re.search(r"/j/(\d+)", platform.join(meetingID="class-1", fullName="X", password="ap")).group(1)
    stranger = server.join(f"{server.url}/j/{number}", "Eve")
    check(stranger.wait(20) != 0, "somebody who only knows the number came in")

    teacher = server.join(platform.join(meetingID="class-1", fullName="Tess Teacher", role="MODERATOR"), "Tess Teacher", stdin=True)
    wait_until("the teacher to be in", lambda: teacher.last().get("state") == "joined", 20)
    pupil = server.join(platform.join(meetingID="class-1", fullName="Paul Pupil", password="ap"), "Somebody else", stdin=True)
    wait_until("the pupil to be in, past the waiting room", lambda: pupil.last().get("state") == "joined", 20)
    wait_until("the pupil to see the teacher as host",
               lambda: any(r["name"] == "Tess Teacher" and r["role"] == "host" for r in pupil.last()["remotes"]), 10)
    check(any(r["name"] == "Paul Pupil" and r["role"] == "participant" for r in
              wait_until("the teacher to see the pupil", lambda: teacher.last()["remotes"], 10)), str(teacher.last()["remotes"]))
    info = platform.ask("getMeetingInfo", meetingID="class-1")
    roles = {a.findtext("fullName"): a.findtext("role") for a in info.iter("attendee")}
    check(roles == {"Tess Teacher": "MODERATOR", "Paul Pupil": "VIEWER"}, str(roles))
    guest = server.join(platform.join(meetingID="class-1", fullName="Gil Guest", password="ap", guest="true"), "Gil")
    wait_until("the guest to wait", lambda: guest.last().get("state") == "waiting", 20)

    pupil.say("/record-start")
    teacher.say("/record-start")
    wait_until("the recording to run", lambda: platform.ask("getMeetingInfo", meetingID="class-1").findtext("recording") == "true", 20)
    time.sleep(4)
    check(platform.ask("end", meetingID="class-1", password="mp").findtext("returncode") == "SUCCESS", "end")
    wait_until("everybody to be out", lambda: not teacher.running() and not pupil.running(), 20)
    wait_until("the end to be told", lambda: any(p.startswith("/ended?meetingID=class-1") for _, p, _, _ in receiver.got), 20)

    ready = wait_until("the platform to hear of the recording", lambda: next((g for g in receiver.got if g[1] == "/ready"), None), 150)
    payload = verified(ready[3], platform.secret)
    listed = platform.ask("getRecordings", meetingID="class-1")
    (entry,) = listed.iter("recording")
    check(payload == {"meeting_id": "class-1", "record_id": entry.findtext("recordID")}, str(payload))
    check(entry.findtext("name") == "Canary algebra" and entry.findtext("state") == "published", xml.tostring(entry).decode())
    check(entry.findtext("metadata/course") == "7", xml.tostring(entry).decode())
    watch = entry.findtext("playback/format/url")
    share = watch.rsplit("/", 1)[1]
    check(recording.fetch(server, urllib.parse.urlsplit(watch).path)[0] == 200, "the page of the recording")
    status, shown = server.request("POST", f"/api/shared/{share}", {}, token="")
    check(status == 200 and shown["topic"] == "Canary algebra", f"watching: {status} {shown}")
    film = next(f for f in shown["files"] if f["file_type"] == "MP4")
    path = urllib.parse.urlsplit(film["play_url"]).path + "?access_token=" + shown["access_token"]
    status, _, part = recording.fetch(server, path, {"Range": "bytes=0-99", "Authorization": ""})
    check(status == 206 and part[4:8] == b"ftyp", f"playing: {status} {part[:16]!r}")

    record = entry.findtext("recordID")
    check(platform.ask("publishRecordings", recordID=record, publish="false").findtext("published") == "false", "hiding")
    check(server.request("POST", f"/api/shared/{share}", {}, token="")[0] == 404, "what is hidden can be watched")
    check(platform.ask("getRecordings", recordID=record, state="published").findtext("messageKey") == "noRecordings", "hidden, but listed")
    check(platform.ask("updateRecordings", recordID=record, **{"meta_course": "8"}).findtext("updated") == "true", "describing")
    check(platform.ask("publishRecordings", recordID=record, publish="true").findtext("published") == "true", "showing")
    (again,) = platform.ask("getRecordings", meta_course="8").iter("recording")
    check(again.findtext("playback/format/url") not in (None, watch), "a new address after hiding")
    check(platform.ask("deleteRecordings", recordID=record).findtext("deleted") == "true", "deleting")
    check(platform.ask("getRecordings", meetingID="class-1").findtext("messageKey") == "noRecordings", "deleted, but listed")
    status, trash = server.request("GET", "/api/recordings?trash=true")
    check(status == 200 and [r["id"] for r in trash["recordings"]] == [record], f"the owner has it in the trash: {trash}")

    for file in server.data.rglob("*"):
        if file.is_file() and not file.name.endswith((".pem", ".sock")):
            content = file.read_bytes()
            for word in (b"Canary algebra", b"class-1", b"Bring a pen", b"Tess Teacher", b"Gil Guest", platform.secret.encode()):
                check(word not in content, f"{word!r} can be read in {file}")
    before = platform.secret
    admin_command(server, "bbb", "secret", "--new")
    check(platform.ask("getMeetings").findtext("messageKey") == "checksumError" and before, "the old secret still works")


@scenario("a platform that allows no recording gets none, and one that wants it from the beginning gets it without anybody asking")
def recording_rules(world):
    server = Server(world).start().set_up()
    platform = Platform(server)
    platform.ask("create", meetingID="silent", moderatorPW="mp")
    host = server.join(platform.join(meetingID="silent", fullName="Host", password="mp"), "Host", stdin=True)
    wait_until("the host to be in", lambda: host.last().get("state") == "joined", 20)
    host.say("/record-start")
    wait_until("the refusal", lambda: "does not let people in it record" in host.errors(), 10)
    platform.ask("create", meetingID="taped", moderatorPW="mp", record="true", autoStartRecording="true", allowStartStopRecording="false")
    other = server.join(platform.join(meetingID="taped", fullName="Other", password="mp"), "Other", stdin=True)
    wait_until("the recording to have begun by itself",
               lambda: platform.ask("getMeetingInfo", meetingID="taped").findtext("recording") == "true", 20)
    other.say("/record-stop")
    wait_until("the refusal", lambda: "does not let people in it record" in other.errors(), 10)
    check(platform.ask("getMeetingInfo", meetingID="taped").findtext("recording") == "true", "somebody stopped it")
