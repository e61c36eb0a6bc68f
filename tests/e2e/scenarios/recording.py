"""Recording: what people said and showed comes back from the library, whatever dies on the way, and the disk tells nothing."""
import http.client
import os
import pathlib
import re
import signal
import ssl
import time
import urllib.parse

import media
import numpy as np
from harness import Server, check, scenario, wait_until

TOPIC = "Canary-topic-of-the-budget"
ADA, BLAISE, CHEN = "Ada-canary-Lovelace", "Blaise-canary-Pascal", "Chen-canary-Jingrun"
# What plaintext of a recording would look like: EBML and codec headers, MP4 boxes, journal lines, names.
PLAIN = [b"\x1a\x45\xdf\xa3", b"OpusHead", b"A_OPUS", b"V_VP8", b"ftypisom", b"moovl", b"avc1", b"file_opened", b"participant",
         TOPIC.encode(), ADA.encode(), BLAISE.encode(), CHEN.encode()]


def meeting_id(link: str) -> str:
    return re.search(r"/j/([^/?]+)", link).group(1)


def fetch(server: Server, path: str, headers: dict | None = None, token: str | None = None) -> tuple[int, dict, bytes]:
    context = ssl.create_default_context(cafile=str(server.ca))
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token or server.token}", **(headers or {})})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


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


def completed(server: Server, seconds: float = 150) -> dict:
    def look():
        recording = only_recording(server)
        check(recording["state"] != "failed", f"composing failed: {recording}")
        return recording if recording["state"] == "completed" else None
    return wait_until("the recording to be composed", look, seconds)


def save(world, server: Server, file: dict, name: str) -> pathlib.Path:
    status, headers, body = fetch(server, urllib.parse.urlsplit(file["download_url"]).path)
    check(status == 200 and len(body) == file["file_size"], f"download of {name}: {status}, {len(body)} of {file['file_size']} bytes")
    path = world.folder / f"{name}.{file['file_extension'].lower()}"
    path.write_bytes(body)
    return path


def track_of(recording: dict, name: str, kind: str = "participant_audio") -> list[dict]:
    found = [t for t in recording["tracks"] if t.get("file_name") == name and t["recording_type"] == kind]
    return sorted(found, key=lambda t: t["recording_start"])


def correlation(sent: np.ndarray, path: pathlib.Path) -> float:
    return media.align(sent, media.read_audio(path))[0]


def nothing_plain(server: Server) -> None:
    """Every byte below the data folder's recordings is searched for what must not be there."""
    files = [p for p in (server.data / "recordings").rglob("*") if p.is_file()]
    check(len(files) > 0, "there are no recordings on the disk")
    for path in files:
        content = path.read_bytes()
        for word in PLAIN:
            check(word not in content, f"{word!r} can be read in {path}")


@scenario("a meeting of three is recorded, and after a restart the downloaded file has their voices and their picture; the disk tells nothing")
def record_and_play(world):
    server = Server(world).start()
    link = server.set_up().create_meeting(TOPIC)
    meeting = meeting_id(link)
    ada, blaise = media.speech(10, "en"), media.speech(10, "en+f3")
    media.write_clip(world.folder / "ada.mkv", 10, ada, flashing=True)
    media.write_wav(world.folder / "blaise.wav", blaise)
    host = server.join(link, ADA, "--audio", world.folder / "ada.mkv", "--video", world.folder / "ada.mkv", "--loop", host=True)
    wait_until("Ada to be in", lambda: host.last().get("state") == "joined", 20)
    guest = server.join(link, BLAISE, "--audio", world.folder / "blaise.wav", "--loop")
    third = server.join(link, CHEN)
    wait_until("the three to be there", lambda: all(len(c.last()["remotes"]) >= 2 for c in (host, guest, third)), 20)
    start_recording(server, meeting)
    wait_until("the recorder in the roster", lambda: any(r["name"] == "Recording" for r in third.last()["remotes"]), 10)
    time.sleep(12)
    live(server, meeting, "recording.stop", 204)
    for client in (host, guest, third):
        client.stop()
    done = completed(server)
    nothing_plain(server)
    server.process.stop()
    server.start()

    def recordings_of_meeting():
        code, answer = server.request("GET", f"/v2/meetings/{meeting}/recordings")
        return answer if code == 200 else None
    view = wait_until("the key service to open the library again", recordings_of_meeting, 15)
    check(view["topic"] == TOPIC, f"the recordings of the meeting: {view}")
    films = [f for f in view["recording_files"] if f["file_type"] == "MP4"]
    check(len(films) == 1, f"one film: {view}")
    film = save(world, server, films[0], "film")
    whole = film.read_bytes()
    status, headers, part = fetch(server, f"/rec/play/{films[0]['id']}", {"Range": "bytes=65000-200000"})
    check(status == 206 and part == whole[65000:200001], f"a range: {status} {headers}")
    check(b"moov" in whole[:4096], "the index is not in front")

    for name, sent in ((ADA, ada), (BLAISE, blaise)):
        tracks = track_of(done, name)
        check(len(tracks) == 1, f"one voice of {name}: {done['tracks']}")
        found = correlation(np.tile(sent, 3), save(world, server, tracks[0], name))
        world.note(f"voice of {name}", found)
        check(found >= 0.80, f"the voice of {name} is not what was said: {found}")
    mixed = media.read_audio(film)
    both = {name: media.align(np.tile(sent, 3), mixed)[0] for name, sent in ((ADA, ada), (BLAISE, blaise))}
    world.note("the film's sound", both)
    check(min(both.values()) >= 0.40 and sum(v * v for v in both.values()) >= 0.6, f"the film's sound is not theirs: {both}")

    # Ada came first: her picture is the first tile of three, at its own size.
    tile = world.folder / "tile.mkv"
    media.run("ffmpeg", "-v", "error", "-y", "-i", str(film), "-vf", "crop=640:360:0:0", "-an", "-c:v", "ffv1", str(tile))
    report = media.video_report(tile, True)
    world.note("the film's picture", report)
    check(report["frames"] >= 200 and report["readable"] >= 0.8 * report["frames"], f"broken pictures: {report}")
    check(report["ssim"] >= 0.70, f"the picture is not what was shown: {report}")
    check(server.request("DELETE", f"/v2/meetings/{meeting}/recordings?action=delete")[0] == 204, "destroying it")
    check(not list((server.data / "recordings").glob("*/*/*")), "files are left")


@scenario("a recorder that is killed loses at most ten seconds, and the recording goes on by itself with a new part")
def recorder_killed(world):
    server = Server(world).start()
    link = server.set_up().create_meeting(TOPIC)
    meeting = meeting_id(link)
    speech = media.speech(10, "en")
    media.write_wav(world.folder / "ada.wav", speech)
    host = server.join(link, ADA, "--audio", world.folder / "ada.wav", "--loop", host=True)
    third = server.join(link, CHEN)
    wait_until("both to be there", lambda: len(third.last()["remotes"]) >= 1, 20)
    start_recording(server, meeting)
    began = time.monotonic()
    time.sleep(16)
    (recorder,) = server.children("recorder")
    os.kill(recorder, signal.SIGKILL)
    recorded = time.monotonic() - began
    wait_until("the recording to go on", lambda: state(server, meeting) == "starting", 10)
    wait_until("another recorder to be in the meeting", lambda: state(server, meeting) == "on", 20)
    time.sleep(6)
    live(server, meeting, "recording.stop", 204)
    done = completed(server)
    tracks = track_of(done, ADA)
    check(len(tracks) == 2, f"two parts of a voice: {tracks}")
    for number, track in enumerate(tracks):
        path = save(world, server, track, f"part-{number}")
        sound = media.read_audio(path)
        found = media.align(np.tile(speech, 3), sound)[0]
        world.note(f"part {number}", {"seconds": len(sound) / media.RATE, "correlation": found, "recorded": recorded})
        check(found >= 0.80, f"part {number} is not what was said: {found}")
        if number == 0:
            check(len(sound) / media.RATE >= recorded - 12, f"too much was lost: {len(sound) / media.RATE} of {recorded} s")
    nothing_plain(server)
    check(host.running() and third.running(), "somebody noticed in the meeting")


@scenario("a key service that stands still stops no recording, and nothing of it is lost")
def keys_away(world):
    server = Server(world).start()
    link = server.set_up().create_meeting(TOPIC)
    meeting = meeting_id(link)
    speech = media.speech(10, "en")
    media.write_wav(world.folder / "ada.wav", speech)
    host = server.join(link, ADA, "--audio", world.folder / "ada.wav", "--loop", host=True)
    third = server.join(link, CHEN)
    wait_until("both to be there", lambda: len(third.last()["remotes"]) >= 1, 20)
    start_recording(server, meeting)
    time.sleep(2)
    (kms,) = server.children("kms")
    os.kill(kms, signal.SIGSTOP)
    try:
        time.sleep(6)
        check(state(server, meeting) == "on", "the recording stopped")
        live(server, meeting, "recording.stop", 204)
    finally:
        os.kill(kms, signal.SIGCONT)
    done = completed(server)
    (track,) = track_of(done, ADA)
    sound = media.read_audio(save(world, server, track, "voice"))
    found = media.align(np.tile(speech, 3), sound)[0]
    world.note("voice", {"seconds": len(sound) / media.RATE, "correlation": found})
    check(len(sound) / media.RATE >= 7 and found >= 0.80, f"something is missing: {len(sound) / media.RATE} s, {found}")
    check(host.running(), "the host noticed")
