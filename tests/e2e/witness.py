"""A participant that is only signalling and keys: joins over the WebSocket, opens the generation secrets that it is entitled to.

It tells the scenarios which secrets and keys exist, so that they can be searched for (and must be found in a client's memory, and
must not be found in the media server's). The product itself has no way to give its keys away.
"""
import base64
import json
import os
import ssl
import threading

import websocket

import keys

# No chance in them: the password says that a memory was read in which it must stand.
ICE_UFRAG = "witn"
ICE_PASSWORD = "witnesswitnesswitness22"


def to_b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Witness:
    def __init__(self, server, meeting_id: str, name: str = "Witness", passcode: str | None = None, token: str | None = None):
        self.messages: list[dict] = []
        self.closed = threading.Event()
        self.participant = None
        meeting_id = meeting_id.rsplit("/j/", 1)[-1].split("?")[0]  # a link will do, too
        self.meeting_uuid = b""
        self.secrets: dict[int, bytes] = {}
        self.active = 0
        self.roster: dict[int, dict] = {}
        self._hpke = keys.HpkeRecipient()
        self.socket = websocket.create_connection(
            server.url.replace("https", "wss") + "/ws", timeout=30, suppress_origin=True, sslopt={"ca_certs": str(server.ca), "cert_reqs": ssl.CERT_REQUIRED})
        join = {"type": "join", "meeting_id": meeting_id, "name": name, "client": "native", "hpke_public_key": to_b64(self._hpke.public),
                "sender_nonce": to_b64(os.urandom(16)), "audio_slots": 8, "video_slots": 4,
                "transport": {"ice_ufrag": ICE_UFRAG, "ice_password": ICE_PASSWORD,
                              "dtls_fingerprint": "sha-256 " + ":".join(["AB"] * 32), "candidates": []}}
        if passcode is not None:
            join["passcode"] = passcode
        if token is not None:
            join["token"] = token
        self.send(join)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def send(self, message: dict) -> None:
        self.socket.send(json.dumps(message))

    def _read(self) -> None:
        try:
            while True:
                text = self.socket.recv()
                if not text:
                    break
                self._on_message(json.loads(text))
        except (OSError, ValueError, websocket.WebSocketException):
            pass
        self.closed.set()

    def _on_message(self, message: dict) -> None:
        kind = message["type"]
        if kind == "joined":
            self.participant = message["participant"]
            self.meeting_uuid = from_b64(message["meeting"]["meeting_uuid"])
            for sealed in message["generations"]:
                self._open(sealed)
            self.active = message["active_generation"]
            self._on_roster(message["roster"], [])
        elif kind == "new_generation":
            self._open(message["sealed"])
            self.send({"type": "key_ready", "generation": message["sealed"]["generation"]})
        elif kind == "activate_generation":
            self.active = message["generation"]
        elif kind == "roster_update":
            self._on_roster(message["changed"], message["gone"])
        self.messages.append(message)

    def _on_roster(self, changed: list[dict], gone: list[int]) -> None:
        for entry in changed:
            self.roster[entry["participant"]] = entry
        for number in gone:
            self.roster.pop(number, None)

    def _open(self, sealed: dict) -> None:
        generation = sealed["generation"]
        info = keys.generation_info(self.meeting_uuid, generation, self.participant)
        self.secrets[generation] = self._hpke.open(from_b64(sealed["enc"]), info, from_b64(sealed["ciphertext"]))

    def of_type(self, kind: str) -> list[dict]:
        return [m for m in list(self.messages) if m["type"] == kind]

    def derived(self, generation: int, contexts=range(8)) -> dict[str, bytes]:
        """Everything that may decrypt media in this generation, by a name for the report."""
        prk = keys.media_prk(self.meeting_uuid, self.secrets[generation])
        found = {f"secret of generation {generation}": self.secrets[generation], f"prk of generation {generation}": prk}
        for entry in self.roster.values():
            base = keys.base_key(prk, generation, entry["sender_index"], from_b64(entry["sender_nonce"]))
            who = f"{entry['name']}, generation {generation}"
            found[f"base key of {who}"] = base
            for context in contexts:
                key, _ = keys.sframe_key_and_salt(base, keys.kid(context, entry["sender_index"], generation))
                found[f"key of {who}, context {context}"] = key
        return found

    def close(self) -> None:
        self.socket.close()
        self._thread.join(5)
