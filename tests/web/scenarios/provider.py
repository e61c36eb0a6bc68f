"""Signing in by OpenID Connect in a browser: the button, the way there and back, the session. tests/peers has a provider that others wrote."""
import base64
import hashlib
import http.server
import json
import threading
import time
import urllib.parse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from doing import Story
from harness import PASSWORD, Server, check, scenario
from mails import MailServer, link_in_mail
from meetings import browser

BOB, DORA = "bob@example.org", "dora@example.org"


def url64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Provider:
    """Says of everybody at once that they are Eve. Wants code and PKCE (S256) as they should be."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.asked: dict[str, str] = {}  # what the browser brought
        self.exchanged: list[bool] = []  # whether the verifier was that of the challenge
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urllib.parse.urlsplit(self.path)
                if address.path == "/authorize":
                    outer.asked = dict(urllib.parse.parse_qsl(address.query))
                    self.send_response(302)
                    self.send_header("Location", outer.asked["redirect_uri"] + "?" + urllib.parse.urlencode({"code": "a code", "state": outer.asked["state"]}))
                    self.send_header("Content-Length", "0")
                    return self.end_headers()
                answers = {"/.well-known/openid-configuration": outer.discovery, "/keys": outer.keys}
                return self.tell(answers[address.path]() if address.path in answers else None)

            def do_POST(self) -> None:
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                self.tell(outer.token(form) if self.path == "/token" else None)

            def tell(self, answer: dict | None) -> None:
                text = json.dumps(answer or {}).encode()
                self.send_response(404 if answer is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def discovery(self) -> dict:
        return {"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys"}

    def keys(self) -> dict:
        public = self.key.public_key().public_numbers()
        return {"keys": [{"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": url64(public.n.to_bytes(256, "big")), "e": url64(public.e.to_bytes(3, "big"))}]}

    def token(self, form: dict) -> dict:
        self.exchanged.append(form["code"] == "a code" and url64(hashlib.sha256(form["code_verifier"].encode()).digest()) == self.asked["code_challenge"])
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": "eve-1", "aud": self.asked["client_id"], "iat": now, "exp": now + 300, "nonce": self.asked["nonce"],
                  "email": "eve@example.org", "email_verified": True, "name": "Eve"}
        signed = ".".join(url64(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "one"}, claims))
        return {"access_token": "x", "token_type": "Bearer", "id_token": f"{signed}.{url64(self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"}

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@scenario("somebody signs in by the button of their organisation's provider, is a member then, and stays signed in; pages that the server writes itself are sound: "
          "a sign-in that failed, those of mails, what an application may do, the API", long=True)
def signed_in_by_provider(world):
    provider = world.keep(Provider())
    mail = world.keep(MailServer())
    server = Server(world)
    server.extra += ["--public-url", f"https://localhost:{server.port}"]
    server.data.mkdir(mode=0o700)
    (server.data / "identity.json").write_text(json.dumps({"mail": mail.settings(), "providers": [
        {"id": "work", "name": "Example Works", "issuer": provider.issuer, "client_id": "meet", "client_secret": "a secret", "allow_clear_text": True}]}))
    server.start().set_up()
    for method, path, body in (("POST", "/api/users", {"login": BOB, "name": "Bob", "password": PASSWORD}), ("POST", "/api/password-reset", {"login": BOB}),
                               ("POST", "/api/invitations", {"login": DORA})):
        status, answer = server.request(method, path, body)
        check(status in (201, 202), f"{path}: {status} {answer}")
    back = f"{provider.issuer}/back"
    status, application = server.request("POST", "/api/applications", {"name": "Calendar", "kind": "people", "scopes": ["user:read", "meeting:write"], "redirect_uris": [back]})
    check(status == 201, f"the application: {status} {application}")
    consent = "/oauth/authorize?" + urllib.parse.urlencode({"response_type": "code", "client_id": application["client_id"], "redirect_uri": back, "state": "s"})
    story = Story(browser(world, "provider", link=f"https://localhost:{server.port}/app", story="provider", consent=consent, member=BOB, password=PASSWORD,
                          reset=link_in_mail(mail, BOB, "/password"), invitation=link_in_mail(mail, DORA, "/invitation")))
    done = story.told("done", 400)
    check((done["login"], done["name"]) == ("eve@example.org", "Eve"), f"who is signed in: {done}")
    check(["__Host-sealhall", True, "Strict"] in done["cookies"] and done["path"] == "/app/settings/sessions", f"the session: {done}")
    check(provider.exchanged == [True] and provider.asked["code_challenge_method"] == "S256", f"what the provider was asked: {provider.asked}, {provider.exchanged}")
    users = server.request("GET", "/v2/users")[1]["users"]
    check({"eve@example.org", DORA} <= {u["email"] for u in users}, f"the members: {users}")
    check(done["told"]["refused"] == f"{back}?error=access_denied&state=s", f"what the application was told: {done['told']}")
    story.end(done)
