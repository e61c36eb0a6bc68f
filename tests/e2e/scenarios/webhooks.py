"""Webhooks: what really happens in meetings arrives at a receiver, signed, in order, even when control was killed in between."""
import hashlib
import hmac
import json
import os
import re
import signal
import time
import urllib.parse

import media
from harness import Server, check, never, scenario, wait_until
import recording
from learning import admin_command
from receiver import Receiver

PATH = "/v2/marketplace/app/event_subscription"
SECRET = "a secret of twenty-odd letters"
EVENTS = ["meeting.created", "meeting.updated", "meeting.deleted", "meeting.started", "meeting.ended", "meeting.participant_joined",
          "meeting.participant_left", "meeting.participant_joined_waiting_room", "recording.started", "recording.paused", "recording.resumed",
          "recording.stopped", "recording.completed", "recording.trashed", "recording.recovered", "recording.deleted", "user.created", "user.updated",
          "user.deactivated", "user.activated", "user.disassociated", "user.deleted", "user.signed_in", "user.signed_out", "user.settings_updated",
          "meeting.registration_created", "meeting.registration_approved", "meeting.registration_cancelled", "meeting.participant_admitted",
          "meeting.participant_left_waiting_room", "meeting.sharing_started", "meeting.sharing_ended", "meeting.chat_message_sent"]


def account_is_told(server: Server, listener: "Listener") -> None:
    """What happens to a person, from beginning to end."""
    status, carol = server.request("POST", "/api/users", {"login": "carol", "name": "Carol", "password": "correct horse battery"})
    check(status == 201 and listener.one("user.created")["email"] == "carol", f"{carol}")
    path = f"/v2/users/{carol['id']}"
    status, entered = server.request("POST", "/api/sign-in", {"login": "carol", "password": "correct horse battery"})
    check(status == 200 and listener.one("user.signed_in")["id"] == carol["id"], f"{entered}")
    check(server.request("POST", "/api/sign-out", token=entered["token"])[0] == 204, "signing out")
    for event, method, where, body in [
            ("user.signed_out", "PATCH", "", {"dept": "Maths"}), ("user.updated", "PATCH", "/settings", {"in_meeting": {"waiting_room": True}}),
            ("user.settings_updated", "PUT", "/status", {"action": "deactivate"}), ("user.deactivated", "PUT", "/status", {"action": "activate"}),
            ("user.activated", "DELETE", "", None), ("user.disassociated", "DELETE", "?action=delete", None)]:
        check(listener.one(event)["id"] == carol["id"], event)
        status, answer = server.request(method, path + where, body)
        check(status == 204, f"{method} {where}: {status} {answer}")
    check(listener.one("user.deleted")["email"] == "carol", "user.deleted")


def proving(secret: str):
    """What an address answers that knows `secret`."""
    def answer(body: bytes) -> bytes:
        message = json.loads(body)
        if message.get("event") != "endpoint.url_validation":
            return b"{}"
        plain = message["payload"]["plainToken"]
        return json.dumps({"plainToken": plain, "encryptedToken": hmac.new(secret.encode(), plain.encode(), hashlib.sha256).hexdigest()}).encode()
    return answer


proves_itself = proving(SECRET)


def signed(got: tuple[str, str, dict, bytes]) -> dict:
    """The message, when its signature is right and its shape that of docs/protocol."""
    method, _, headers, body = got
    headers = {name.lower(): value for name, value in headers.items()}
    stamp = headers["x-zm-request-timestamp"]
    mine = "v0=" + hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    check(headers["x-zm-signature"] == mine, f"the signature is wrong: {headers}")
    check(method == "POST" and headers["content-type"] == "application/json", f"{method} {headers}")
    check(abs(time.time() - int(stamp)) < 300, "the time of the signature")
    message = json.loads(body)
    check(json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode() == body, f"not canonical: {body!r}")
    check(isinstance(message["event_ts"], int) and message["event_ts"] > 1_600_000_000_000, f"event_ts: {message}")
    return message


class Listener(Receiver):
    def messages(self) -> list[dict]:
        return [m for m in (signed(got) for got in list(self.got)) if m["event"] != "endpoint.url_validation"]

    def names(self) -> list[str]:
        return [m["event"] for m in self.messages()]

    def one(self, event: str, seconds: float = 20) -> dict:
        found = wait_until(event, lambda: [m for m in self.messages() if m["event"] == event], seconds)
        return found[0]["payload"]["object"]


def subscribed(world, server: Server) -> tuple[Listener, str]:
    listener = world.keep(Listener(proves_itself))
    printed = admin_command(server, "webhook", "add", listener.url("/hooks"), "--events", ",".join(EVENTS), "--secret", SECRET)
    check(" active " in printed, f"the address did not prove itself: {printed}")
    return listener, printed.split()[0]


@scenario("webhooks: a meeting, its people, its waiting room, its recording, registrations and accounts arrive signed and in the field's shape")
def webhooks_of_a_meeting(world):
    server = Server(world, extra=["--webhooks-anywhere"]).start().set_up()
    listener, subscription = subscribed(world, server)
    status, meeting = server.request("POST", "/v2/users/me/meetings", {"topic": "Résumé \"2027\"", "type": 2, "start_time": "2030-01-01T10:00:00Z",
                                     "settings": {"waiting_room": True, "approval_type": 1}})
    check(status == 201, f"{meeting}")
    created = listener.one("meeting.created")
    check(str(created["id"]) == str(meeting["id"]) and created["topic"] == "Résumé \"2027\"", f"{created}")
    status, guest = server.request("POST", f"/v2/meetings/{meeting['id']}/registrants", {"email": "gil@example.org", "first_name": "Gil"})
    check(status == 201, f"{guest}")
    listener.one("meeting.registration_created")
    status, answer = server.request("PUT", f"/v2/meetings/{meeting['id']}/registrants/status",
                                    {"action": "approve", "registrants": [{"email": "gil@example.org"}]})
    check(status == 204, f"{answer}")
    listener.one("meeting.registration_approved")
    status, answer = server.request("PUT", f"/v2/meetings/{meeting['id']}/registrants/status",
                                    {"action": "cancel", "registrants": [{"email": "gil@example.org"}]})
    check(status == 204, f"{answer}")
    listener.one("meeting.registration_cancelled")
    account_is_told(server, listener)
    status, refused = server.request("POST", PATH, {"events": ["webinar.started"], "event_webhook_url": listener.url("/hooks")})
    check(status == 400 and refused["errors"][0]["field"] == "events", f"an event that never happens: {status} {refused}")

    link = server.create_meeting("Budget", waiting_room=True)
    number = recording.meeting_id(link)
    host = server.join(link, "Host", host=True, stdin=True)
    started = listener.one("meeting.started")
    check(started["id"] == number and started["topic"] == "Budget" and started["uuid"] and started["host_id"], f"{started}")
    joined = listener.one("meeting.participant_joined")
    check(joined["participant"]["user_name"] in ("Host", "Admin") and joined["participant"]["join_time"], f"{joined}")
    media.write_clip(world.folder / "screen.mkv", 3, None)
    ada = server.join(link, "Ada", "--share", world.folder / "screen.mkv", "--loop")
    waits = listener.one("meeting.participant_joined_waiting_room")
    check(waits["participant"]["user_name"] == "Ada", f"{waits}")
    host.say("/admit Ada")
    wait_until("Ada to be in", lambda: ada.last().get("state") == "joined", 20)
    check(listener.one("meeting.participant_admitted")["participant"]["user_name"] == "Ada", "who was admitted")
    check(listener.one("meeting.sharing_started")["participant"]["user_name"] == "Ada", "who shares")
    eve = server.join(link, "Eve")
    wait_until("Eve to wait", lambda: listener.names().count("meeting.participant_joined_waiting_room") == 2, 20)
    eve.stop()
    check(listener.one("meeting.participant_left_waiting_room")["participant"]["user_name"] == "Eve", "who gave up waiting")
    host.say("the numbers are good")
    said = listener.one("meeting.chat_message_sent")
    check(said["chat_message"]["message_content"] == "the numbers are good" and said["id"] == number, f"{said}")
    recording.start_recording(server, number)
    listener.one("recording.started")
    recording.live(server, number, "recording.pause", 204)
    listener.one("recording.paused")
    recording.live(server, number, "recording.resume", 204)
    listener.one("recording.resumed")
    time.sleep(2)
    recording.live(server, number, "recording.stop", 204)
    listener.one("recording.stopped")
    ada.stop()
    check(listener.one("meeting.sharing_ended")["participant"]["user_name"] == "Ada", "who shared")
    left = listener.one("meeting.participant_left")
    check(left["participant"]["user_name"] == "Ada" and left["participant"]["leave_time"], f"{left}")
    check(server.request("POST", f"/api/meetings/{number}/end")[0] in (200, 204), "ending")
    ended = listener.one("meeting.ended")
    check(ended["uuid"] == started["uuid"] and ended["end_time"], f"{ended}")
    finished = listener.one("recording.completed", 150)
    film = next((f for f in finished["recording_files"] if f["file_type"] == "MP4" and f["download_url"].startswith("https://")), None)
    check(film is not None, f"{finished}")
    # Whoever is told may fetch it with the token beside it, and nobody without.
    token = next(m for m in listener.messages() if m["event"] == "recording.completed").get("download_token", "")
    check(token != "", "the message has no token")
    path = urllib.parse.urlsplit(film["download_url"]).path
    status, _, body = recording.fetch(server, path, token=token)
    check(status == 200 and len(body) == film["file_size"] and body[4:8] == b"ftyp", f"with the token: {status}, {len(body)} of {film['file_size']} bytes")
    status, _, body = recording.fetch(server, path, {"Authorization": ""})
    check(status == 404, f"without the token: {status}, {len(body)} bytes")
    entry = recording.only_recording(server)
    admin_command(server, "recording", "delete", entry["id"])
    listener.one("recording.trashed")
    admin_command(server, "recording", "restore", entry["id"])
    listener.one("recording.recovered")
    admin_command(server, "recording", "delete", entry["id"], "--for-good")
    listener.one("recording.deleted")
    accounts = {m["payload"]["account_id"] for m in listener.messages()}
    check(len(accounts) == 1 and all(accounts), f"accounts: {accounts}")

    # The log, and once more.
    log = admin_command(server, "webhook", "log", subscription)
    line = next(one for one in log.splitlines() if "meeting.started" in one)
    check("delivered" in line, log)
    delivery = line.split()[1]
    body = admin_command(server, "webhook", "show", subscription, delivery)
    check(json.loads(body)["event"] == "meeting.started", body)
    admin_command(server, "webhook", "replay", subscription, delivery)
    wait_until("it to come once more", lambda: listener.names().count("meeting.started") == 2, 20)
    status, answer = server.request("POST", f"{PATH}/{subscription}/deliveries/{delivery}/replay")
    check(status == 201, f"{answer}")
    wait_until("it to come a third time", lambda: listener.names().count("meeting.started") == 3, 20)
    first, second = [m for m in listener.messages() if m["event"] == "meeting.started"][:2]
    check(first["payload"]["object"] == second["payload"]["object"], "a replay says something else")


@scenario("webhooks: what could not be delivered waits, over kill -9 of control, and arrives once the receiver is back")
def webhooks_survive(world):
    server = Server(world, extra=["--webhooks-anywhere"]).start().set_up()
    listener, subscription = subscribed(world, server)
    listener.status = 503
    link = server.create_meeting("Budget")
    wait_until("an attempt", lambda: "meeting.created" in listener.names(), 20)

    def waiting() -> list[dict] | None:
        """None while the server does not say."""
        status, log = server.request("GET", f"{PATH}/{subscription}/deliveries?status=waiting")
        return log["deliveries"] if status == 200 else None
    (delivery,) = wait_until("it to be noted as waiting", lambda: [d for d in waiting() or [] if d["attempts"] == 1], 20)
    check(delivery["last_status"] == 503 and delivery["next_attempt_at"], f"{delivery}")
    (control,) = server.children("control")
    os.kill(control, signal.SIGKILL)
    wait_until("control to come back", lambda: server.children("control") not in ([], [control]) and server.healthy(), 30)
    (again,) = wait_until("the queue to be read again", lambda: [w for w in [waiting()] if w is not None], 20)
    never(delivery["delivery_id"] not in [d["delivery_id"] for d in again], f"what waited is lost: {again}")
    check(again[0]["delivery_id"] == delivery["delivery_id"] and again[0]["next_attempt_at"] == delivery["next_attempt_at"], f"{again}")
    listener.status = 200
    server.request("POST", f"{PATH}/{subscription}/deliveries/{delivery['delivery_id']}/replay")
    # What waited is tried at once, and the replay comes behind it.
    wait_until("it to arrive", lambda: listener.names().count("meeting.created") == 3, 20)
    wait_until("nothing to wait any more", lambda: waiting() == [], 20)
    check(re.search(r"/j/(\d+)", link) is not None, link)
