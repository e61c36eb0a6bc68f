"""Recordings in an S3 server: they leave this disk, play from there after a restart, and of what is destroyed nothing stays."""
import hashlib
import subprocess
import time
import urllib.parse

import media
import recording
from harness import BIN, ROOT, Server, check, free_port, scenario, wait_until


class Bucket:
    """radosgw, a real S3 server that checks every signature, with everything in memory."""

    def __init__(self, world):
        self.folder = world.folder / "radosgw"
        self.port = free_port(count=2)  # the monitor has the next one
        subprocess.run([str(ROOT / "tests/store/radosgw.sh"), "start", str(self.folder), str(self.port)], check=True, stdin=subprocess.DEVNULL, timeout=180)
        self.secret = world.folder / "s3-secret"
        self.secret.write_text("not-a-secret-at-all\n")
        self.curl("PUT", "")

    def curl(self, method: str, path: str) -> bytes:
        more = ["-H", "Content-Length: 0"] if method == "PUT" else []
        return subprocess.run(["curl", "-sS", "--fail", "-X", method, "--aws-sigv4", "aws:amz:us-east-1:s3", "--user", "sealhall-test:not-a-secret-at-all",
                               "-H", f"x-amz-content-sha256: {hashlib.sha256().hexdigest()}", *more,
                               f"http://127.0.0.1:{self.port}/recorded{path}"], check=True, capture_output=True, timeout=30).stdout

    def names(self) -> list[str]:
        return [part.split("</Key>")[0] for part in self.curl("GET", "?list-type=2").decode().split("<Key>")[1:]]

    def content(self, name: str) -> bytes:
        return self.curl("GET", f"/{name}")

    def use(self, server: Server) -> Server:
        """In its settings, so that the commands of an operator know of it, too."""
        server.data.mkdir(mode=0o700)
        (server.data / "sealhall.toml").write_text(f"""s3_endpoint = "http://127.0.0.1:{self.port}"
s3_bucket = "recorded"
s3_access_key = "sealhall-test"
s3_secret_key = "file:{self.secret}"
""")
        return server

    def stop(self) -> None:
        subprocess.run([str(ROOT / "tests/store/radosgw.sh"), "stop", str(self.folder)], check=False, stdin=subprocess.DEVNULL, timeout=60)


@scenario("a recording goes into the bucket when it is finished, sealed; after a restart it plays from there, with seeking; destroyed, nothing of it "
          "is left", long=True)
def recordings_in_a_bucket(world):
    bucket = world.keep(Bucket(world))
    server = bucket.use(Server(world)).start()
    link = server.set_up().create_meeting(recording.TOPIC)
    meeting = recording.meeting_id(link)
    media.write_wav(world.folder / "ada.wav", media.speech(5, "en"))
    host = server.join(link, recording.ADA, "--audio", world.folder / "ada.wav", "--loop", host=True)
    wait_until("Ada to be in", lambda: host.last().get("state") == "joined", 20)
    recording.start_recording(server, meeting)
    time.sleep(4)
    recording.live(server, meeting, "recording.stop", 204)
    host.stop()
    done = recording.completed(server)
    folder = server.data / "recordings" / done["id"]
    # The process dies on the way: what is left to do stands in the store.
    for pid in server.children("control"):
        subprocess.run(["kill", "-9", str(pid)], check=False)
    wait_until("the recording to have left this disk", lambda: not folder.exists(), 60)
    names = bucket.names()
    check(len(names) >= 4 and all(n.startswith(f"recordings/{done['id']}/") for n in names), f"in the bucket: {names}")
    for name in names:
        recording.tells_nothing(bucket.content(name), name)
    server.process.stop()
    server.start()
    wait_until("the library to open again", lambda: server.request("GET", f"/v2/meetings/{meeting}/recordings")[0] == 200, 20)
    film = next(f for f in done["meeting"]["recording_files"] if f["file_type"] == "MP4")
    whole = recording.save(world, server, film, "film").read_bytes()
    check(whole[4:8] == b"ftyp", "no film")
    for asked, expected in (("bytes=65530-131080", whole[65530:131081]), ("bytes=-700", whole[-700:]), ("bytes=0-0", whole[:1])):
        status, headers, part = recording.fetch(server, f"/rec/play/{film['id']}", {"Range": asked})
        check(status == 206 and part == expected, f"{asked}: {status} {headers} {len(part)} bytes")
    (voice,) = recording.track_of(done, recording.ADA)
    recording.save(world, server, voice, "voice")

    path = f"/api/recordings/{done['id']}"
    status, shared = server.request("POST", f"{path}/share", {})
    check(status == 200, f"sharing: {status} {shared}")
    token = shared["meeting"]["share_url"].rsplit("/", 1)[1]
    status, shown = server.request("POST", f"/api/shared/{token}", {}, token="")
    address = urllib.parse.urlsplit(film["play_url"]).path + "?access_token=" + shown["access_token"]
    status, _, part = recording.fetch(server, address, {"Range": "bytes=100-199", "Authorization": ""})
    check(status == 206 and part == whole[100:200], f"by its link: {status}")
    check(server.request("DELETE", path)[0] == 204 and server.request("POST", f"{path}/restore")[0] == 204, "the trash and back")

    said = subprocess.run([str(BIN / "sealhall"), "doctor", "--data", str(server.data)], text=True, capture_output=True, timeout=60)
    check("1 recordings are in the bucket, 0 wait" in said.stdout, f"doctor: {said.stdout}{said.stderr}")
    # A backup takes the bucket in; on another machine, without S3, its blobs are files.
    from stored import sealhall
    recipient = sealhall("backup", "--new-key", world.folder / "backup.key").splitlines()[0]
    kit = sealhall("keys", "kit", "--data", server.data)
    sealhall("backup", world.folder / "copy", "--data", server.data, "--encrypt-to", recipient, "--with-bucket")
    other = Server(world, "other")
    sealhall("restore", world.folder / "copy", "--data", other.data, "--key", world.folder / "backup.key")
    sealhall("keys", "recover", "--data", other.data, stdin=kit)
    (other.data / "sealhall.toml").unlink()
    other.start()
    other.token = server.token
    status, _, part = wait_until("the other machine to play it", lambda: next(
        (a for a in [recording.fetch(other, f"/rec/play/{film['id']}", {"Range": "bytes=65530-131080"})] if a[0] == 206), None), 20)
    check(part == whole[65530:131081], f"restored: {status}")
    other.process.stop()

    check(server.request("DELETE", f"{path}?action=delete")[0] == 204, "destroying it")
    wait_until("the bucket to be empty", lambda: not bucket.names(), 30)
    check(not folder.exists() and server.request("GET", path)[0] == 404, "something is left")
