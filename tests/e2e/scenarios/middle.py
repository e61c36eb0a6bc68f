"""Nobody in the middle: the network, the media server, somebody who was removed, somebody who changes packets."""
import json

import media
from harness import Server, check, scenario, wait_until
from udp_relay import UdpRelay
from witness import Witness, search_memory

ALONE = True  # measures in real time: nothing runs beside it


def clear_header(datagram: bytes) -> int:
    """Bytes that SRTP leaves in the clear (RFC 3711 section 3.1): RTP's header with its extension."""
    size = 12 + 4 * (datagram[0] & 15)
    if datagram[0] & 16:
        size += 4 + 4 * int.from_bytes(datagram[size + 2:size + 4], "big")
    return size


@scenario("the traffic holds no plaintext; the media worker's memory holds no key, while the clients' memory does")
def nobody_in_the_middle(world):
    server = Server(world, behind_relay=True).start()
    relay = world.keep(UdpRelay(server.relay_address, ("127.0.0.1", server.udp_port)))
    meeting = server.set_up().create_meeting("Middle")
    clip = world.folder / "clip.mkv"
    media.write_clip(clip, 6, media.speech(6))
    clients = [server.join(meeting, n, "--audio", clip, "--video", clip, "--loop", "--duration", "40") for n in ("Ada", "Blaise")]
    for client in clients:
        wait_until(f"{client.name} to see the other", lambda c=client: c.remote_with_frames(), 15)
    witness = world.keep(Witness(server, meeting))
    wait_until("the witness to have the keys", lambda: witness.active and witness.active in witness.secrets)
    relay.capture = []
    wait_until("some seconds of traffic", lambda: len(relay.capture) > 800, 20)
    captured, relay.capture = relay.capture, None
    media_packets = [d for d in captured if d and 128 <= d[0] <= 191 and not 192 <= d[1] <= 223]
    check(len(media_packets) > 400, f"too few media packets were captured: {len(media_packets)}")
    # A VP8 key frame has the start code 9d 01 2a at a fixed place; sealed as the hop is, it may not be seen.
    check(not any(b"\x9d\x01\x2a" in d for d in media_packets), "a VP8 start code in the clear")
    check(not any(b"OpusHead" in d or b"espeak" in d for d in captured), "known plaintext in the clear")
    together = b"".join(d[clear_header(d):] for d in media_packets)
    share = [together.count(bytes([b])) / len(together) for b in range(256)]
    world.note("byte frequencies of the captured payloads (1/256 is even)", {"least": min(share) * 256, "most": max(share) * 256})
    check(max(share) * 256 < 1.25, f"the payloads do not look like random bytes: {max(share) * 256}")

    # All needles at once: the generation secret, what is extracted from it, every sender's base key and every KID's key.
    needles = witness.derived(witness.active)
    for client in clients:
        found = search_memory(client.pid, needles)
        world.note(f"found in {client.name}'s memory", found)
        check(any(n.startswith("base key") or n.startswith("key of") or n.startswith("prk") for n in found),
              "the search does not work: nothing was found where the keys must be")
    for role in ("media", "control"):
        for pid in server.children(role):
            found = search_memory(pid, needles)
            world.note(f"found in {role}'s memory", found)
            check(not found, f"{role} holds: {found}")


@scenario("a removed participant is out at once: nothing more is forwarded, and a new generation that they do not get is active within 2 s")
def removed_participant(world):
    server = Server(world).start()
    meeting = server.set_up().create_meeting("Removal")
    clip = world.folder / "clip.mkv"
    media.write_clip(clip, 6, media.speech(6))
    host = server.join(meeting, "Host", "--audio", clip, "--video", clip, "--loop", "--duration", "40", host=True, stdin=True)
    other = server.join(meeting, "Other", "--audio", clip, "--video", clip, "--loop", "--duration", "40")
    guest = server.join(meeting, "Guest", "--audio", clip, "--video", clip, "--loop", "--duration", "40")
    for client in (host, other, guest):
        wait_until(f"{client.name} to see the others", lambda c=client: len(c.remote_with_frames()) == 2, 20)
    witness = world.keep(Witness(server, meeting, "Removed witness"))
    wait_until("the witness to be in", lambda: witness.active)
    before = witness.active
    host.say("/remove Removed witness")
    host.say("/remove Guest")
    wait_until("the witness to be told", lambda: witness.of_type("ended"), 5)
    check(witness.of_type("ended")[0]["reason"] == "removed", str(witness.of_type("ended")))
    wait_until("the guest to end", lambda: not guest.running(), 5)
    check(guest.wait() == 4, f"the exit code says that it was removed: {guest.popen.returncode}")
    for client in (host, other):
        wait_until("the next generation to be active", lambda c=client: c.last()["generation"] > before, 4)
    check(max(witness.secrets) == before, f"the removed one got another generation: {sorted(witness.secrets)}")
    frames = {c.name: c.last()["remotes"][0]["frames_decoded"] for c in (host, other)}
    for client in (host, other):
        wait_until("the others to go on", lambda c=client: c.last()["remotes"] and
                   c.last()["remotes"][0]["frames_decoded"] > frames[c.name] + 30, 10)


@scenario("flipped bits and duplicated packets change nothing but counters")
def tampering(world):
    server = Server(world, behind_relay=True).start()
    relay = world.keep(UdpRelay(server.relay_address, ("127.0.0.1", server.udp_port)))
    meeting = server.set_up().create_meeting("Tampering")
    clip = world.folder / "clip.mkv"
    media.write_clip(clip, 6, media.speech(6))
    clients = [server.join(meeting, n, "--audio", clip, "--video", clip, "--loop", "--duration", "20") for n in ("Ada", "Blaise")]
    for client in clients:
        wait_until(f"{client.name} to see the other", lambda c=client: c.remote_with_frames(), 15)
    relay.flip_probability = 0.02
    relay.duplicate_probability = 0.2
    for client in clients:
        at = client.last()["remotes"][0]["frames_decoded"]
        wait_until("video to go on", lambda c=client, n=at: c.last()["remotes"][0]["frames_decoded"] > n + 60, 15)
    for client in clients:
        check(client.wait(40) == 0, client.errors()[-800:])
        final = client.last_with_remotes()
        check(final["remotes"][0]["decrypt_failures"] == 0, f"a changed packet reached a frame: {final}")
    counters = server.media_counters()
    world.note("media worker", counters)
    check(counters["dropped_unauthenticated"] > 0, f"the changed packets were counted: {json.dumps(counters)}")
    check(counters["dropped_replayed"] > 0, f"the duplicates were counted: {json.dumps(counters)}")
