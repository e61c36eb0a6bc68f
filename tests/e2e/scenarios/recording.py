"""Recording: what people said and showed comes back from the library, whatever dies on the way, and the disk tells nothing."""
import contextlib
import json
import os
import pathlib
import re
import signal
import time
import urllib.parse

import media
import numpy as np
from harness import PASSWORD, Server, check, never, scenario, wait_until
from recorded import completed, fetch, live, meeting_id, only_recording, start_recording, state

KEYS_AWAY = float(os.environ.get("SEALHALL_KEYS_AWAY", "6"))  # seconds; CONTRIBUTING.md has the long run

TOPIC = "Canary-topic-of-the-budget"
SAID = "canary: the budget is agreed"
ADA, BLAISE, CHEN = "Ada-canary-Lovelace", "Blaise-canary-Pascal", "Chen-canary-Jingrun"
# What plaintext of a recording would look like: EBML and codec headers, MP4 boxes, journal lines, names.
PLAIN = [b"\x1a\x45\xdf\xa3", b"OpusHead", b"A_OPUS", b"V_VP8", b"ftypisom", b"moovl", b"avc1", b"file_opened", b"participant",
         TOPIC.encode(), SAID.encode(), ADA.encode(), BLAISE.encode(), CHEN.encode()]


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


def tells_nothing(content: bytes, where) -> None:
    found = [word for word in PLAIN if word in content]
    never([word for word in found if len(word) > 4], f"{found} can be read in {where}")
    # Four bytes may be chance: among those that are sealed they come in one of some hundred runs.
    check(not found, f"{found} can be read in {where}")


def nothing_plain(server: Server) -> None:
    """Every byte below the data folder's recordings is searched for what must not be there."""
    files = [p for p in (server.data / "recordings").rglob("*") if p.is_file()]
    check(len(files) > 0, "there are no recordings on the disk")
    for path in files:
        tells_nothing(path.read_bytes(), path)


@scenario("a meeting of three is recorded, and after a restart the downloaded files have their voices, their picture, what they wrote and who was there; the "
          "disk tells nothing", long=True)
def record_and_play(world):
    server = Server(world).start()
    link = server.set_up().create_meeting(TOPIC)
    meeting = meeting_id(link)
    ada, blaise = media.speech(10, "en"), media.speech(10, "en+f3")
    media.write_clip(world.folder / "ada.mkv", 10, ada, flashing=True)
    media.write_wav(world.folder / "blaise.wav", blaise)
    host = server.join(link, ADA, "--audio", world.folder / "ada.mkv", "--video", world.folder / "ada.mkv", "--loop", host=True, stdin=True)
    wait_until("Ada to be in", lambda: host.last().get("state") == "joined", 20)
    guest = server.join(link, BLAISE, "--audio", world.folder / "blaise.wav", "--loop")
    third = server.join(link, CHEN)
    wait_until("the three to be there", lambda: all(len(c.last()["remotes"]) >= 2 for c in (host, guest, third)), 20)
    start_recording(server, meeting)
    wait_until("the recorder in the roster", lambda: any(r["name"] == "Recording" for r in third.last()["remotes"]), 10)
    host.say(SAID)
    wait_until("what is said to be read", lambda: third.reads(SAID), 10)
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
    for kind, wanted in (("CHAT", {(ADA, SAID)}), ("TIMELINE", {(ADA, None), (BLAISE, None), (CHEN, None)})):
        found = set()
        for number, file in enumerate(f for f in view["recording_files"] if f["file_type"] == kind):
            lines = save(world, server, file, f"{kind}-{number}").read_text().splitlines()
            found |= {(line.get("name"), line.get("text")) for line in map(json.loads, filter(str.strip, lines))}
        check(wanted <= found, f"{kind} of the recording: {found}")
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


def recorded_talk(world):
    """Ada talks and Chen listens in a meeting that is being recorded: server, meeting, the speech, and the two."""
    server = Server(world).start()
    link = server.set_up().create_meeting(TOPIC)
    meeting = meeting_id(link)
    speech = media.speech(10, "en")
    media.write_wav(world.folder / "ada.wav", speech)
    host = server.join(link, ADA, "--audio", world.folder / "ada.wav", "--loop", host=True)
    third = server.join(link, CHEN)
    wait_until("both to be there", lambda: len(third.last()["remotes"]) >= 1, 20)
    start_recording(server, meeting)
    return server, meeting, speech, host, third


@scenario("a recorder that is killed loses at most ten seconds, and the recording goes on by itself with a new part", long=True)
def recorder_killed(world):
    server, meeting, speech, host, third = recorded_talk(world)
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


@scenario("who refuses to be recorded is held back by the server: not a packet of theirs reaches the recorder, and what they said before is all there is")
def refused_is_held_back(world):
    server = Server(world).start()
    link = server.set_up().create_meeting(TOPIC)
    meeting = meeting_id(link)
    media.write_wav(world.folder / "ada.wav", media.speech(10, "en"))
    ada = server.join(link, ADA, "--audio", world.folder / "ada.wav", "--loop", host=True, stdin=True)
    wait_until("Ada to be in", lambda: ada.last().get("state") == "joined", 20)

    def packets(seconds: float) -> dict:
        """What the media worker got and sent in that time, RTCP included: nobody but the recorder is there to get media."""
        before = server.media_counters()
        time.sleep(seconds)
        after = server.media_counters()
        return {key: (after[key] - before[key]) / seconds for key in ("packets_in", "packets_out")}

    alone = wait_until("her voice to come", lambda: next((p for p in [packets(4)] if p["packets_in"] > 20), None), 30)
    reports = alone["packets_out"]  # feedback to her, which goes on
    start_recording(server, meeting)
    heard = wait_until("the recorder to be sent her voice", lambda: next((p for p in [packets(2)] if p["packets_out"] > reports + 15), None), 30)
    ada.say("/refuse")
    wait_until("the refusal to be shown", lambda: "refused to be recorded" in ada.errors() + "\n".join(ada.lines), 20)
    time.sleep(1.5)  # counters come once a second
    silent = packets(5)
    world.note("packets a second alone, recorded, refused", [alone, heard, silent])
    check(silent["packets_in"] > 20, f"she stopped sending: {silent}")
    check(silent["packets_out"] < reports + 6, f"something still reaches the recorder: {silent}, reports alone are {reports}")
    ada.say("/agree")
    wait_until("her voice to be sent again", lambda: packets(2)["packets_out"] > reports + 15, 30)
    live(server, meeting, "recording.stop", 204)
    ada.stop()
    completed(server)


@scenario("a key service that stands still stops no recording, and nothing of it is lost")
def keys_away(world):
    server, meeting, speech, host, third = recorded_talk(world)
    time.sleep(2)
    (kms,) = server.children("kms")
    os.kill(kms, signal.SIGSTOP)
    try:
        time.sleep(KEYS_AWAY)
        check(state(server, meeting) == "on", "the recording stopped")
        live(server, meeting, "recording.stop", 204)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(kms, signal.SIGCONT)
    done = completed(server, 150 + 3 * KEYS_AWAY)
    (track,) = track_of(done, ADA)
    sound = media.read_audio(save(world, server, track, "voice"))
    length = 20 * media.RATE
    pieces = [sound[at:at + length] for at in range(0, len(sound), length)]
    found = min(media.align(np.tile(speech, 3), piece)[0] for piece in pieces if len(piece) > 3 * media.RATE)
    world.note("voice", {"seconds": len(sound) / media.RATE, "least correlation": found})
    check(len(sound) / media.RATE >= KEYS_AWAY + 1 and found >= 0.80, f"something is missing: {len(sound) / media.RATE} s, {found}")
    check(host.running(), "the host noticed")


def small_recording(world, seconds: float = 3) -> tuple[Server, str, dict]:
    """A recording of somebody's voice, composed; the server, the meeting, the recording."""
    server = Server(world).start()
    link = server.set_up().create_meeting(TOPIC)
    meeting = meeting_id(link)
    media.write_wav(world.folder / "ada.wav", media.speech(5, "en"))
    host = server.join(link, ADA, "--audio", world.folder / "ada.wav", "--loop", host=True)
    wait_until("Ada to be in", lambda: host.last().get("state") == "joined", 20)
    start_recording(server, meeting)
    time.sleep(seconds)
    live(server, meeting, "recording.stop", 204)
    host.stop()
    return server, meeting, completed(server)


@scenario("the library: links with passcode and end, the trash and back, legal hold, the end of its time, playing from any place")
def library_life(world):
    server, meeting, entry = small_recording(world)
    path = f"/api/recordings/{entry['id']}"
    film = next(f for f in entry["meeting"]["recording_files"] if f["file_type"] == "MP4")

    # Sharing.
    status, shared = server.request("POST", f"{path}/share", {"passcode": "sesame", "expires_in_hours": 1, "viewer_download": False})
    check(status == 200, f"{shared}")
    token = shared["meeting"]["share_url"].rsplit("/", 1)[1]
    for body, expected in (({}, 401), ({"passcode": "wrong"}, 401), ({"passcode": "sesame"}, 200)):
        status, shown = server.request("POST", f"/api/shared/{token}", body, token="")
        check(status == expected, f"{body}: {status} {shown}")
    check(shown["topic"] == TOPIC and not shown["download"], f"{shown}")
    address = f"/rec/play/{film['id']}?access_token={shown['access_token']}"
    status, headers, middle = fetch(server, address, {"Range": "bytes=1000-1999", "Authorization": ""})
    check(status == 206 and len(middle) == 1000 and headers["Content-Range"].startswith("bytes 1000-1999/"), f"{status} {headers}")
    status, headers, end = fetch(server, address, {"Range": "bytes=-500", "Authorization": ""})
    check(status == 206 and len(end) == 500, f"{status} {headers}")
    check(fetch(server, address, {"Range": "bytes=99999999999-", "Authorization": ""})[0] == 416, "beyond its end")
    status, _, whole = fetch(server, address, {"Authorization": ""})
    check(status == 200 and whole[1000:2000] == middle and whole[-500:] == end, "parts are not of the whole")
    check(server.request("GET", f"/rec/play/{film['id']}", token="x")[0] in (401, 404), "played by a stranger")
    check(server.request("DELETE", f"{path}/share")[0] == 204, "ending the link")
    check(server.request("POST", f"/api/shared/{token}", {"passcode": "sesame"}, token="")[0] == 404, "a link that was ended")

    # Legal hold is stronger than its owner and than time.
    check(server.request("PATCH", path, {"legal_hold": True, "delete_at": "2020-01-01T00:00:00Z"})[0] == 204, "holding it")
    check(server.request("DELETE", path)[0] == 409, "into the trash under hold")
    check(server.request("DELETE", f"{path}?action=delete")[0] == 409, "destroyed under hold")
    check(server.request("PATCH", path, {"legal_hold": False, "delete_at": ""})[0] == 204, "ending the hold")

    # The trash, and back.
    check(server.request("DELETE", path)[0] == 204, "into the trash")
    check(not server.request("GET", "/api/recordings")[1]["recordings"], "listed although in the trash")
    check([r["id"] for r in server.request("GET", "/api/recordings?trash=true")[1]["recordings"]] == [entry["id"]], "not in the trash")
    check(server.request("POST", f"{path}/restore")[0] == 204, "out of the trash")
    check(only_recording(server)["id"] == entry["id"], "not back")
    status, _, again = fetch(server, f"/rec/download/{film['id']}")
    check(status == 200 and again == whole, "not what it was before")

    # What is over is destroyed by itself: the server looks when it starts.
    check(server.request("PATCH", path, {"delete_at": "2020-01-01T00:00:00Z"})[0] == 204, "its end")
    server.process.stop()
    server.start()
    wait_until("its time to be over", lambda: server.request("GET", path)[0] == 404, 30)
    check(not list((server.data / "recordings").glob("*/*/*")), "files are left")


@scenario("recordings from the command line: how they look, a link with a passcode, legal hold, until when they are kept, the trash and back, destroyed")
def typed_for_recordings(world):
    from people import Person
    server, _, entry = small_recording(world)
    name = entry["id"]
    admin = Person(server, "admin", PASSWORD).sign_in()

    def run(*words, expected: int = 0) -> str:
        return admin.run("recording", *words, expected=expected)

    check(name in run("list"), "it is listed")
    run("settings", "--layout", "speaker", "--height", "540", "--retention", "30")
    settings = run("settings")
    check(all(word in settings for word in ("speaker", "540", "30 days")), settings)
    printed = run("share", name, "--passcode", "sesame", "--hours", "1", "--no-download")
    token = re.search(r"https://\S+/rec/share/(\S+)", printed).group(1)

    def opens(passcode: str) -> int:
        return server.request("POST", f"/api/shared/{token}", {"passcode": passcode}, token="")[0]

    check("sesame" in printed and opens("sesame") == 200, printed)
    run("share", name, "--passcode", "another")
    check((opens("sesame"), opens("another")) == (401, 200), "its passcode is another one")
    run("unshare", name)
    check(opens("another") == 404, "its link works")
    run("hold", name)
    run("delete", name, expected=3)
    run("release", name)
    run("keep", name, "--until", "2035-01-01T00:00:00Z")
    check("2035-01-01" in run("list"), "until when it is kept")
    run("delete", name)
    check(name not in run("list") and name in run("list", "--trash"), "it is in the trash")
    run("restore", name)
    check(name in run("list") and name not in run("list", "--trash"), "it is back")
    run("delete", name, "--for-good")
    check(name not in run("list") + run("list", "--trash"), "it is destroyed")


def cut(film: pathlib.Path, at: float, seconds: float, place: tuple[int, int, int, int], name: str) -> pathlib.Path:
    """A place (width, height, x, y) of the film for some seconds, in the size of the clips that are shown."""
    out = film.with_name(f"{name}.mkv")
    media.run("ffmpeg", "-v", "error", "-y", "-ss", str(at), "-t", str(seconds), "-i", str(film), "-vf",
              "crop={}:{}:{}:{},scale=640:360".format(*place), "-an", "-c:v", "ffv1", str(out))
    # A whole picture of the moment, for whoever wants to look.
    media.run("ffmpeg", "-v", "error", "-y", "-ss", str(at), "-i", str(film), "-frames:v", "1", str(film.with_name(f"{name}.png")))
    return out


def shows_clip(world, film: pathlib.Path, at: float, place: tuple[int, int, int, int], name: str, ssim: float = 0.6) -> None:
    path = cut(film, at, 1.5, place, name)
    report = media.video_report(path, True)
    # A dark card spells zero: it has to be a picture that moves.
    report["numbers"] = len({media.frame_number(picture) for _, picture in media.read_video(path)})
    world.note(name, report)
    check(report["numbers"] > 5, f"{name}: nothing moves: {report}")
    check(report["readable"] >= 0.7 * report["frames"] > 0 and report["ssim"] >= ssim, f"{name}: not the clip: {report}")


def shows_name(world, film: pathlib.Path, at: float, place: tuple[int, int, int, int], name: str, letters: int) -> None:
    """Bright letters in the middle of a dark card, as wide as that many letters are."""
    _, picture = media.read_video(cut(film, at, 0.5, place, name))[0]
    rows, columns = np.nonzero(picture > 150)
    check(len(rows) > 50, f"{name}: nothing is written there")
    height, width = rows.max() - rows.min() + 1, columns.max() - columns.min() + 1
    middle = (columns.max() + columns.min()) / 2
    world.note(name, {"width": int(width), "height": int(height), "middle": float(middle)})
    check(abs(middle - 320) < 20 and 0.25 * letters < width / height < 1.2 * letters, f"{name}: no name: {width}x{height} at {middle}")


@scenario("the composed film looks as the settings say: names, a gallery, the speaker large, and a shared screen before everything", long=True)
def composed_film(world):
    server = Server(world).start()
    link = server.set_up().create_meeting(TOPIC)
    meeting = meeting_id(link)
    check(server.request("PATCH", "/api/recording-settings", {"height": 540, "retention_days": 30})[0] == 204, "settings of the account")
    media.write_clip(world.folder / "ada.mkv", 10, media.speech(10, "en"), flashing=True)
    chen = server.join(link, CHEN, host=True)
    wait_until("Chen to be in", lambda: chen.last().get("state") == "joined", 20)
    ada = server.join(link, ADA, "--audio", world.folder / "ada.mkv", "--video", world.folder / "ada.mkv", "--loop")
    wait_until("Ada to be seen", lambda: chen.remote_with_frames(), 30)
    start_recording(server, meeting)
    time.sleep(6)
    blaise = server.join(link, BLAISE, "--share", world.folder / "ada.mkv", "--loop")
    wait_until("the screen to be seen", lambda: any(r["name"] == BLAISE for r in chen.remote_with_frames()), 30)
    time.sleep(6)
    live(server, meeting, "recording.stop", 204)
    progress: list[float] = []
    first = completed(server, progress=progress)
    steps = sorted(set(progress))
    check(progress == sorted(progress) and len([p for p in steps if 0 < p < 1]) > 3 and steps[-1] == 1, f"the progress of the film: {steps}")
    ends = first["delete_at"]
    check(ends is not None and first["state"] == "completed", f"kept for 30 days: {first}")
    blaise.stop()
    check(server.request("PATCH", f"/api/meetings/{meeting}/recording-settings", {"layout": "speaker", "height": 720, "retention_days": 0})[0] == 204,
          "settings of the meeting")
    start_recording(server, meeting)
    time.sleep(8)
    live(server, meeting, "recording.stop", 204)

    def second():
        others = [r for r in server.request("GET", "/api/recordings")[1]["recordings"] if r["id"] != first["id"]]
        return others[0] if others and others[0]["state"] == "completed" else None
    speaker = wait_until("the second recording", second, 150)
    check("delete_at" not in speaker or speaker["delete_at"] is None, f"kept for ever: {speaker}")
    films = {}
    for entry, name, size in ((first, "gallery", "960,540"), (speaker, "speaker", "1280,720")):
        file = next(f for f in entry["meeting"]["recording_files"] if f["file_type"] == "MP4")
        films[name] = save(world, server, file, name)
        said = media.run("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0",
                         str(films[name])).decode().strip()
        check(said == f"h264,{size}", f"{name}: {said}")
    length = float(media.run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(films["gallery"])))
    # Two people: one above the other. Chen came first and has no camera.
    shows_name(world, films["gallery"], 4, (480, 270, 240, 0), "gallery-name", len(CHEN))
    shows_clip(world, films["gallery"], 4, (480, 270, 240, 270), "gallery-camera")
    # A shared screen takes the place at the left, the others are beside it: Ada, who speaks, first.
    shows_clip(world, films["gallery"], length - 3, (768, 432, 0, 54), "share-large")
    shows_clip(world, films["gallery"], length - 3, (192, 108, 768, 0), "share-aside", 0.3)  # the name covers much of it
    # Ada came second and is large, because it is she who speaks.
    shows_clip(world, films["speaker"], 5, (1024, 576, 0, 72), "speaker-large")
    shows_name(world, films["speaker"], 5, (256, 144, 1024, 0), "speaker-aside", len(CHEN))
    check(ada.running(), "Ada is still there")
