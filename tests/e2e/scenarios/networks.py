"""Bad networks, for real: a relay of our own between clients and server."""
import time

import media
from harness import Server, check, scenario, wait_until
from udp_relay import UdpRelay

ALONE = True  # measures in real time: nothing runs beside it


def pair(world, server, meeting, clip, *more, duration=60):
    sender = server.join(meeting, "Ada", "--audio", clip, "--video", clip, "--loop", "--duration", str(duration), *more)
    receiver = server.join(meeting, "Blaise", "--record", world.folder / "rec", "--duration", str(duration), *more)
    wait_until("Blaise to see Ada", lambda: receiver.remote_with_frames(), 20)
    return sender, receiver


@scenario("at 10 % random loss in both directions speech is intelligible and the picture keeps moving")
def ten_percent_loss(world):
    server = Server(world, behind_relay=True).start()
    relay = world.keep(UdpRelay(server.relay_address, ("127.0.0.1", server.udp_port), seed=10))
    meeting = server.set_up().create_meeting("Loss")
    clip, speech = world.folder / "clip.mkv", media.speech(12)
    media.write_clip(clip, 12, speech)
    relay.delay = 0.02
    relay.loss_up = relay.loss_down = 0.05  # about 10 % from end to end, 5 % for each hop's retransmission to mend
    sender, receiver = pair(world, server, meeting, clip, duration=24)
    relay.loss_up = relay.loss_down = 0.10
    check(receiver.wait(40) == 0, receiver.errors()[-800:])
    sender.wait(20)
    recording = world.recording(world.folder / "rec", "Ada")
    received = media.read_audio(recording)
    _, lag = media.align(speech, received)
    clean, degraded = media.overlap(speech, received, lag)
    score = media.stoi(clean, degraded, media.RATE)
    report = media.video_report(recording, True)
    world.note("10 % loss a hop", {"stoi": score, **report, "dropped": relay.counts["dropped"]})
    check(relay.counts["dropped"] > 100, "the relay lost packets")
    check(score >= 0.80, f"speech is hard to understand: STOI {score}")
    check(report["fps"] >= 10 and report["longest_gap"] < 2.0, f"the picture does not move: {report}")


@scenario("from 2 Mbit/s to 300 kbit/s the sender adapts within 5 s, and back up within 15 s")
def rate_changes(world):
    server = Server(world, behind_relay=True).start()
    relay = world.keep(UdpRelay(server.relay_address, ("127.0.0.1", server.udp_port), seed=2))
    meeting = server.set_up().create_meeting("Rate")
    clip = world.folder / "clip.mkv"
    media.write_clip(clip, 12, media.speech(12))
    relay.delay = 0.02
    relay.rate_up_bps = 2_000_000
    sender, receiver = pair(world, server, meeting, clip, duration=70)

    def sent_rate(seconds: float) -> float:
        before, start = relay.counts["bytes_up"], time.monotonic()
        wait_until("time to pass on the wire", lambda: time.monotonic() - start >= seconds, seconds + 5)
        return (relay.counts["bytes_up"] - before) * 8 / (time.monotonic() - start)
    high = wait_until("the sender to use the 2 Mbit/s", lambda: (r := sent_rate(1.0)) > 700_000 and r, 25)
    relay.rate_up_bps = 300_000
    start = time.monotonic()
    wait_until("the sender to come below 300 kbit/s", lambda: sent_rate(1.0) <= 330_000, 6)
    down = time.monotonic() - start
    frames = receiver.last()["remotes"][0]["frames_decoded"]
    wait_until("the picture to move at 300 kbit/s", lambda: receiver.last()["remotes"][0]["frames_decoded"] > frames + 30, 10)
    relay.rate_up_bps = 2_000_000
    start = time.monotonic()
    wait_until("the sender to come back", lambda: sent_rate(1.0) >= 0.6 * high, 15)
    world.note("adaptation", {"before_bps": high, "down_seconds": down, "up_seconds": time.monotonic() - start})
    check(down <= 6.0, f"it took {down:.1f} s to come down")


@scenario("when UDP is blocked in the meeting, media move to TLS within 2 s, and back to UDP within 30 s of it working again")
def udp_blocked(world):
    server = Server(world, behind_relay=True).start()
    relay = world.keep(UdpRelay(server.relay_address, ("127.0.0.1", server.udp_port), seed=3))
    meeting = server.set_up().create_meeting("Blocked")
    clip = world.folder / "clip.mkv"
    media.write_clip(clip, 6, media.speech(6))
    sender, receiver = pair(world, server, meeting, clip, duration=80)
    check(receiver.last()["path"] == "udp", f"it begins on UDP: {receiver.last()}")
    relay.blocked = True
    start = time.monotonic()
    frames = receiver.last()["remotes"][0]["frames_decoded"]
    wait_until("media over TLS", lambda: receiver.last()["path"] == "relay" and sender.last()["path"] == "relay", 5)
    moved = time.monotonic() - start
    wait_until("frames to go on over TLS", lambda: receiver.last()["remotes"][0]["frames_decoded"] > frames + 20, 5)
    relay.blocked = False
    start = time.monotonic()
    wait_until("media over UDP again", lambda: receiver.last()["path"] == "udp" and sender.last()["path"] == "udp", 30)
    world.note("fallback", {"to_tls_seconds": moved, "back_seconds": time.monotonic() - start})
    # The statistics are written once a second, which the bound has to allow for.
    check(moved <= 3.0, f"it took {moved:.1f} s to move to TLS")
    frames = receiver.last()["remotes"][0]["frames_decoded"]
    wait_until("frames to go on over UDP", lambda: receiver.last()["remotes"][0]["frames_decoded"] > frames + 30, 5)


@scenario("a client whose address changes in the meeting (a NAT that forgets) goes on by itself")
def address_changes(world):
    server = Server(world, behind_relay=True).start()
    relay = world.keep(UdpRelay(server.relay_address, ("127.0.0.1", server.udp_port), seed=4))
    meeting = server.set_up().create_meeting("Address")
    clip = world.folder / "clip.mkv"
    media.write_clip(clip, 6, media.speech(6))
    sender, receiver = pair(world, server, meeting, clip, duration=30)
    relay.rebind()
    frames = receiver.last()["remotes"][0]["frames_decoded"]
    wait_until("frames to go on from the new address", lambda: receiver.last()["remotes"][0]["frames_decoded"] > frames + 90, 15)
