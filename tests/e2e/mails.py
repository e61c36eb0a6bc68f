"""Mails that a server sends, for scenarios that go by their links."""
import email
import email.policy
import re
import socketserver
import threading

from harness import wait_until


class MailServer:
    """Takes every mail (RFC 5321, as much as a client of ours needs) and keeps it."""

    def __init__(self):
        self.mails: list[email.message.EmailMessage] = []
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                say = lambda line: self.wfile.write((line + "\r\n").encode())
                say("220 test")
                while line := self.rfile.readline().decode().strip():
                    verb = line.split(" ")[0].upper()
                    if verb == "DATA":
                        say("354 go on")
                        lines = []
                        while (part := self.rfile.readline()) not in (b".\r\n", b""):
                            lines.append(part[1:] if part.startswith(b"..") else part)
                        outer.mails.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
                        say("250 kept")
                    elif verb == "QUIT":
                        say("221 bye")
                        return
                    else:
                        say("250 fine")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def settings(self) -> dict:
        """How a server writes by it: "mail" of its identity.json."""
        return {"server": f"smtp://127.0.0.1:{self.server.server_address[1]}", "from": "meet@example.org", "allow_clear_text": True}

    def close(self):
        self.server.shutdown()

    def calendars(self, to: str) -> list[str]:
        """The calendar files that came for an address, unfolded."""
        found = []
        for mail in self.mails:
            if to not in str(mail["To"]):
                continue
            for part in mail.walk():
                if part.get_content_type() == "text/calendar":
                    content = part.get_payload(decode=True).decode()
                    found.append(content.replace("\r\n ", ""))
        return found


def link_in_mail(mail: MailServer, to: str, page: str) -> str:
    def look():
        for m in reversed(mail.mails):
            text = m.get_body(("plain",)).get_content() if to in str(m["To"]) else ""
            if found := re.search(rf"https://\S+{page}\?token=\S+", text):
                return found.group(0)
        return None
    return wait_until(f"a mail to {to}", look, 30)
