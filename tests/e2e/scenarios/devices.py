"""Screen, microphone and camera: a virtual screen (Xvfb) whose pixels we write, a virtual sound card (PulseAudio) that we play to, and a camera that
is pretended to one process (camera.cc)."""
import mmap
import pathlib
import struct
import subprocess

import media
import numpy as np
from harness import Server, check, scenario, wait_until


def paint(screen: pathlib.Path, grey: np.ndarray) -> None:
    """Writes a grey picture into Xvfb's frame buffer: a file of the format XWD (XWDFile.h), mapped into memory."""
    with open(screen, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        head = struct.unpack(">25I", memory[:100])
        header, width, height, bits, line, colours = head[0], head[4], head[5], head[11], head[12], head[19]
        check((width, height, bits) == (media.WIDTH, media.HEIGHT, 32), f"another screen than asked for: {head}")
        rows = np.zeros((height, line), np.uint8)
        rows[:, :width * 4] = np.repeat(grey, 4, axis=1)  # blue, green, red and nothing
        begin = header + 12 * colours
        memory[begin:begin + rows.size] = rows.tobytes()


@scenario("--video screen sends what is on the screen, also after it has changed; a screen that is not there is said")
def screen(world):
    folder = world.folder / "screen"
    folder.mkdir()
    xvfb = world.process("Xvfb", ["Xvfb", "-displayfd", "1", "-screen", "0", f"{media.WIDTH}x{media.HEIGHT}x24", "-fbdir", str(folder),
                                  "-ac", "-nolisten", "tcp", "-noreset"])
    display = wait_until("the screen", lambda: next((line.strip() for line in xvfb.lines if line.strip().isdigit()), None), 15)
    before, after = 1234, 4321
    paint(folder / "Xvfb_screen0", media.frame(before))
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Screen")
    nobody = server.join(meeting, "Nobody", "--video", "screen::4242", "--duration", "5")
    check(nobody.wait(20) != 0 and "screen" in nobody.errors(), f"there is no such screen: {nobody.errors()[-500:]}")
    ada = server.join(meeting, "Ada", "--video", f"screen::{display}", "--duration", "30")
    blaise = server.join(meeting, "Blaise", "--record", world.folder / "rec", "--duration", "30")

    def frames() -> int:
        return max((r["frames_decoded"] for r in blaise.remote_with_frames()), default=0)
    wait_until("Blaise to see the screen", lambda: frames() > 60, 20)
    paint(folder / "Xvfb_screen0", media.frame(after))
    wait_until("Blaise to see it go on", lambda n=frames(): frames() > n + 90, 20)
    check(all(r["decrypt_failures"] == 0 for r in blaise.last()["remotes"]), str(blaise.last()))
    blaise.stop()
    ada.stop()
    video = media.read_video(world.recording(world.folder / "rec", "Ada"))
    numbers = [media.frame_number(picture) for _, picture in video]
    count = {n: numbers.count(n) for n in sorted({n for n in numbers if n is not None})}
    likeness = [media.ssim(video[at][1], media.frame(n)) for at, n in ((numbers.index(before) + 30, before), (len(video) - 1, after))] \
        if count.get(before, 0) > 30 and numbers[-1] == after else []
    world.note("pictures of the screen", {"count": count, "unreadable": numbers.count(None), "ssim": likeness})
    check(count.get(before, 0) > 30 and count.get(after, 0) > 30 and numbers[-1] == after, f"first the one, then the other: {count}")
    check(len(video) - count[before] - count[after] <= 0.1 * len(video), f"and hardly anything else: {count}, {len(video)} pictures")
    check(min(likeness) >= 0.80, f"the pictures are not what was on the screen: {likeness}")


@scenario("--audio device sends what the sound device gives")
def microphone(world):
    folder = world.folder / "pulse"
    folder.mkdir()
    path = folder / "native"
    own = {"PULSE_RUNTIME_PATH": str(folder), "HOME": str(folder)}
    env = {"PULSE_SERVER": f"unix:{path}", **own}
    # What is played to this card is what its monitor, a microphone to everybody else, gives.
    world.process("pulseaudio", ["pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disable-shm=yes",
                                 "-L", "module-null-sink sink_name=card rate=48000 channels=1",
                                 "-L", f"module-native-protocol-unix auth-anonymous=1 socket={path}"], env=own)
    wait_until("the sound card", path.exists, 15)
    speech = media.speech(8)
    media.write_wav(world.folder / "speech.wav", speech)
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Microphone")
    ada = server.join(meeting, "Ada", "--audio", "device:card.monitor", "--duration", "40", env=env)
    blaise = server.join(meeting, "Blaise", "--record", world.folder / "rec", "--duration", "40")
    wait_until("Blaise to hear the device", lambda: any(r.get("audio", {}).get("packets", 0) > 50 for r in blaise.last()["remotes"]), 20)
    play = world.process("paplay", ["paplay", "--device=card", str(world.folder / "speech.wav")], env=env)
    check(play.wait(30) == 0, f"it was played: {play.errors()[-300:]}")
    heard = blaise.last()["remotes"][0]["audio"]["packets"]
    wait_until("the last of it to arrive", lambda: blaise.last()["remotes"][0]["audio"]["packets"] > heard + 75, 10)
    blaise.stop()
    ada.stop()
    received = media.read_audio(world.recording(world.folder / "rec", "Ada"))
    correlation, lag = media.align(speech, received)
    clean, degraded = media.overlap(speech, received, lag)
    score = media.stoi(clean, degraded, media.RATE)
    world.note("sound of the device", {"correlation": correlation, "stoi": score, "began": -lag / media.RATE, "compared": len(clean) / media.RATE})
    check(len(clean) >= 6 * media.RATE, f"most of what was played is there: {len(clean) / media.RATE} s")
    check(correlation >= 0.6 and score >= 0.75, f"the sound is not what was played: correlation {correlation}, STOI {score}")


def pretended_camera(world, pictures: bytes) -> dict[str, str]:
    """The environment of a process that finds a camera which shows these pictures over and over."""
    library, file = world.folder / "camera.so", world.folder / "camera.i420"
    file.write_bytes(pictures)
    source = pathlib.Path(media.__file__).with_name("camera.cc")
    subprocess.run(["g++", "-std=c++23", "-O1", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    return {"LD_PRELOAD": str(library), "SEALHALL_CAMERA_DEVICE": "/dev/pretended-camera", "SEALHALL_CAMERA_PICTURES": str(file)}


@scenario("--video device sends what the camera shows: every picture, in its order and colours")
def camera(world):
    env = pretended_camera(world, media.raw_pictures(6, flashing=False))
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Camera")
    nobody = server.join(meeting, "Nobody", "--video", "device:/dev/no-such-camera", "--duration", "5", env=env)
    check(nobody.wait(20) != 0 and "camera" in nobody.errors(), f"there is no such camera: {nobody.errors()[-500:]}")
    ada = server.join(meeting, "Ada", "--video", f"device:{env['SEALHALL_CAMERA_DEVICE']}", "--duration", "60", env=env)
    blaise = server.join(meeting, "Blaise", "--record", world.folder / "rec", "--duration", "60")
    wait_until("Blaise to see the camera", lambda: any(r["frames_decoded"] > 300 for r in blaise.remote_with_frames()), 40)
    check(all(r["decrypt_failures"] == 0 for r in blaise.last()["remotes"]), str(blaise.last()))
    blaise.stop()
    ada.stop()
    recording = world.recording(world.folder / "rec", "Ada")
    report = media.video_report(recording, False)
    colours = media.read_colours(recording)
    world.note("pictures of the camera", {**report, "colours": colours})
    check(report["readable"] >= 0.95 * report["frames"], f"broken pictures: {report}")
    check(report["ascending"] >= 0.97 * (report["readable"] - 1), f"pictures out of order: {report}")
    check(report["ssim"] >= 0.85, f"the pictures are not what the camera shows: {report}")
    check(report["fps"] >= 10, f"the picture moves: {report}")  # the camera gives 30 a second; others run beside us
    for (_, _, wanted), got in zip(media.PATCHES, colours):
        check(all(abs(w - g) < 12 for w, g in zip(wanted, got)), f"the colours are not the camera's, {wanted}: {colours}")
