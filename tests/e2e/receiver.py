"""An HTTP server that keeps what it is sent: for webhooks and callbacks."""
import http.server
import threading


class Receiver:
    """Keeps every request that comes: (method, path, headers, body). Answers with `status` and what `answer` gives."""

    def __init__(self, answer=None):
        self.got: list[tuple[str, str, dict, bytes]] = []
        self.status = 200
        self.answer = answer
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def handle_one(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.got.append((self.command, self.path, dict(self.headers), body))
                text = outer.answer(body) if outer.answer else b""
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = handle_one

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # whoever asked may be killed before it is answered
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
