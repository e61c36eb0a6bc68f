"""Real speech and a real clip go in at one client and come out of the others' recordings."""
import media
from harness import Server, check, scenario, wait_until


def judge(world, recording, sent, pictures: list | None = None, least_ssim: float = 0.90) -> dict:
    """Compares one recording with the sound and the pictures that were sent (None: those of `media.write_clip`); returns the numbers for the log."""
    report = media.video_report(recording, True, sent=pictures)
    received = media.read_audio(recording)
    correlation, lag = media.align(sent, received)
    clean, degraded = media.overlap(sent, received, lag)
    clip = len(sent) / media.RATE
    picture = media.picture_begins(media.read_video(recording), clip)
    late = [media.apart(picture, sound, clip) for sound in media.sound_begins(received, sent)]
    colours = media.read_colours(recording)
    report |= {"correlation": correlation, "stoi": media.stoi(clean, degraded, media.RATE), "sound_late": late, "colours": colours}
    world.note(f"{recording.parent.name}/{recording.name}", report)
    check(report["frames"] > 0 and report["readable"] >= 0.95 * report["frames"], f"broken pictures: {report}")
    check(report["ascending"] >= 0.97 * (report["readable"] - 1), f"pictures out of order: {report}")
    check(report["ssim"] >= least_ssim, f"the pictures are not what was sent: {report}")
    for (_, _, wanted), got in zip(media.PATCHES if pictures is None else (), colours):
        check(all(abs(w - g) < 12 for w, g in zip(wanted, got)), f"the colours are not what was sent, {wanted}: {report}")
    check(all(abs(seconds) <= 0.080 for seconds in late), f"the sound is not where the picture is: {report}")
    check(max(late) - min(late) <= 0.040, f"the sound drifts: {report}")
    return report


@scenario("three clients exchange speech and video, and the recordings match what went in, with lip sync within 80 ms", alone=True)
def three_clients(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Three")
    seconds = 14
    speech_a, speech_c = media.speech(seconds, "en"), media.speech(seconds, "en+f3")
    # The second clip carries a beep and a flash at every whole second: that is where lip sync is measured. The third shows FFmpeg's own test picture.
    media.write_clip(world.folder / "a.mkv", seconds, speech_a, flashing=True)
    media.write_clip(world.folder / "b.mkv", seconds, media.beeps(seconds), flashing=True)
    media.write_ffmpeg_clip(world.folder / "c.mkv", seconds, speech_c)
    sent = {"a": (speech_a, None, 0.90), "c": (speech_c, [picture for _, picture in media.read_video(world.folder / "c.mkv")], 0.85)}
    names = {"a": "Ada", "b": "Blaise", "c": "Chen"}
    clients = {}
    for key, name in names.items():
        clip = world.folder / f"{key}.mkv"
        clients[key] = server.join(meeting, name, "--audio", clip, "--video", clip, "--loop", "--record", world.folder / f"rec-{key}",
                                   "--duration", "22")
    for client in clients.values():
        wait_until(f"{client.name} to see the two others", lambda c=client: len(c.remote_with_frames()) == 2, 20)
    for client in clients.values():
        check(client.wait(40) == 0, f"{client.name} ended with {client.popen.returncode}: {client.errors()[-800:]}")
    for key in names:
        for other, name in names.items():
            if other == key:
                continue
            recording = world.recording(world.folder / f"rec-{key}", name)
            if other == "b":
                video, audio = media.read_video(recording), media.read_audio(recording)
                offsets = media.lip_sync_offsets(video, audio)
                world.note(f"lip sync of {name} at {names[key]}", offsets)
                check(len(offsets) >= 8, f"too few flashes with a beep: {offsets}")
                check(all(abs(o) <= 0.080 for o in offsets), f"lip sync beyond 80 ms: {offsets}")
                continue
            report = judge(world, recording, *sent[other])
            check(report["correlation"] >= 0.80, f"the sound is not what was sent: {report}")
            check(report["stoi"] >= 0.90, f"the speech is hard to understand: {report}")
            check(report["fps"] >= 20, f"the picture hardly moves: {report}")
            check(report["longest_gap"] < 1.0, f"the picture stood still: {report}")
    for client in clients.values():
        for remote in client.last_with_remotes()["remotes"]:
            check(remote["decrypt_failures"] == 0, f"frames did not open: {remote}")


@scenario("a large meeting spans two media workers, and people on both hear and see each other")
def two_workers(world):
    server = Server(world, workers=2).start()
    meeting = server.set_up().create_meeting("Two workers")
    clip = media.talking_clip(world.folder)
    # A meeting stays on one worker until that carries 24 transports more than the other.
    load = server.load(meeting, 26, 25, "--senders", "1")
    wait_until("the first worker to be full", lambda: load.last().get("joined") == 26, 30)
    clients = [server.join(meeting, n, "--audio", clip, "--video", clip, "--loop", "--duration", "16") for n in ("Ada", "Blaise")]
    for client, other in zip(clients, ("Blaise", "Ada")):
        wait_until(f"{client.name} to see {other}", lambda c=client, o=other: any(
            r["name"] == o and r["frames_decoded"] > 0 for r in c.last()["remotes"]), 20)
        wait_until(f"{client.name} to hear the one on the other worker", lambda c=client: any(
            r["name"] == "Load 1" and r.get("audio", {}).get("packets", 0) > 50 for r in c.last()["remotes"]), 20)
    before = load.last()["frames_received"]
    wait_until("the others to hear the two", lambda: load.last()["frames_received"] > before + 26 * 50, 20)
    check(load.last()["decrypt_failures"] == 0, str(load.last()))
    used = {p for c in [*clients] for p in [line.get("server_port") for line in c.stats()] if p}
    workers = server.request("GET", "/api/workers")[1]["workers"]
    world.note("transports of the workers", [w["transports"] for w in workers])
    check(all(w["transports"] > 0 for w in workers) and used == {server.udp_port + 1}, f"both workers carry somebody: {workers} {used}")
    for client in clients:
        check(client.wait(40) == 0, client.errors()[-800:])


@scenario("with --relay, everything goes over TLS on the one port, and it still works; each is sent the pictures in the size asked for")
def relay_only(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Relay")
    clip = media.talking_clip(world.folder)
    # Pictures of 360 lines are sent in three layers: q (90), h (180) and f (360).
    asked = {"Ada": (720, "f"), "Blaise": (90, "q")}
    clients = [server.join(meeting, name, "--audio", clip, "--video", clip, "--loop", "--relay", "--watch-height", lines, "--duration", "60")
               for name, (lines, _) in asked.items()]
    for client in clients:
        wait_until(f"{client.name} to see the other", lambda c=client: c.remote_with_frames(), 15)
        check(client.last()["path"] == "relay", f"not over the relay: {client.last()}")
    for client in clients:
        lines, layer = asked[client.name]

        def shown(c=client, wanted=layer) -> dict | None:
            camera = next((r["camera"] for r in c.last()["remotes"] if "camera" in r), {})
            return camera if camera.get("layer") == wanted and camera["fps"] > 15 else None
        camera = wait_until(f"{client.name} to be sent layer {layer}", shown, 20)
        check(camera["height"] == min(lines, 360), f"{client.name} asked for {lines} lines: {camera}")
    for client in clients:
        check(client.stop() == 0, client.errors()[-800:])
