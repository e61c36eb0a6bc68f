"""Recording a meeting through REST, for scenarios that need a recording."""
import http.client
import re
import ssl

from harness import Server, check, wait_until


def fetch(server: Server, path: str, headers: dict | None = None, token: str | None = None) -> tuple[int, dict, bytes]:
    context = ssl.create_default_context(cafile=str(server.ca))
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token or server.token}", **(headers or {})})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def meeting_id(link: str) -> str:
    return re.search(r"/j/([^/?]+)", link).group(1)


def live(server: Server, meeting: str, method: str, expected: int) -> None:
    status, answer = server.request("PATCH", f"/v2/live_meetings/{meeting}/events", {"method": method})
    check(status == expected, f"{method}: {status} {answer}")


def state(server: Server, meeting: str) -> str:
    return server.request("GET", f"/api/live/{meeting}/recording")[1].get("state", "")


def start_recording(server: Server, meeting: str) -> None:
    live(server, meeting, "recording.start", 202)
    wait_until("the recorder to be in the meeting", lambda: state(server, meeting) == "on", 20)


def only_recording(server: Server) -> dict:
    status, answer = server.request("GET", "/api/recordings")
    check(status == 200 and len(answer["recordings"]) == 1, f"one recording: {status} {answer}")
    return answer["recordings"][0]


def completed(server: Server, seconds: float = 150, progress: list | None = None) -> dict:
    """The one recording when its film is made; `progress` gets what was said of it meanwhile, oldest first."""
    def look():
        recording = only_recording(server)
        check(recording["state"] != "failed", f"composing failed: {recording}")
        if progress is not None:
            progress.append(recording["progress"])
        return recording if recording["state"] == "completed" else None
    return wait_until("the recording to be composed", look, seconds)
