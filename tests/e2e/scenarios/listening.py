"""A program of somebody else that is told what happens."""
import json
import time

import webhooks
from harness import Server, check, wait_until
from receiver import Receiver


class Listening(Receiver):
    """A program of somebody else that wants to be told of every meeting that is made and of everything that is said."""

    def __init__(self, server: Server):
        super().__init__(webhooks.proves_itself)
        status, hook = server.request("POST", webhooks.PATH, {
            "events": ["meeting.created", "meeting.chat_message_sent"], "event_webhook_url": self.url("/kills"),
            "secret_token": webhooks.SECRET, "event_subscription_name": "kills"})
        check(status == 201, f"{status} {hook}")
        path = f"{webhooks.PATH}/{hook['event_subscription_id']}"
        wait_until("the address to prove itself", lambda: server.request("GET", path)[1].get("status") == "active", 20)

    def told(self) -> tuple[set[str], set[str]]:
        """The ids of the meetings, and what was said."""
        messages = [json.loads(body) for _, _, _, body in list(self.got)]
        objects = [(m["event"], m["payload"]["object"]) for m in messages if m["event"] != "endpoint.url_validation"]
        return ({str(o["id"]) for event, o in objects if event == "meeting.created"},
                {o["chat_message"]["message_content"] for event, o in objects if event == "meeting.chat_message_sent"})

    def missed(self, made: set[str], said: set[str]) -> list[str]:
        """Which of them this program was not told of, after there was time for it."""
        def missing() -> list[str]:
            told = self.told()
            return sorted(made - told[0]) + sorted(said - told[1])
        end = time.monotonic() + 120
        while missing() and time.monotonic() < end:
            time.sleep(0.5)
        return missing()
