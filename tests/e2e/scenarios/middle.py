"""Nobody in the middle: the network, the media server, somebody who was removed, somebody who changes packets."""
import json
import os
import time

import media
import memory
import plaintext
from harness import check, never, scenario, wait_until
from udp_relay import relayed_server
from witness import ICE_PASSWORD, Witness

TOPIC = "Nobody in the middle of this meeting"


def clear_header(datagram: bytes) -> int:
    """Bytes that SRTP leaves in the clear (RFC 3711 section 3.1): RTP's header with its extension."""
    size = 12 + 4 * (datagram[0] & 15)
    if datagram[0] & 16:
        size += 4 + 4 * int.from_bytes(datagram[size + 2:size + 4], "big")
    return size


def no_plaintext_in(world, captured: list[bytes], recordings: list) -> None:
    """The frames that the clients have recorded, by pieces, in what the network saw."""
    frames = [f for r in recordings for track in ("v:0", "a:0") for f in plaintext.frames(r, track)]
    needles = [p for f in frames for p in plaintext.pieces(f)]
    heads = {h for f in frames for h in plaintext.key_frame_heads([f])}
    in_files = plaintext.which(needles, b"".join(r.read_bytes() for r in recordings))
    world.note("known plaintext", {"frames": len(frames), "pieces": len(needles), "found in the recordings": len(in_files),
                                   "heads of key frames": len(heads), "datagrams": len(captured)})
    check(len(needles) > 1000 and heads, f"too little was recorded: {len(needles)} pieces, {len(heads)} heads of key frames")
    # The same search, where they are: it can find.
    check(in_files == set(needles), f"the search does not work: {len(set(needles) - in_files)} pieces are not in the recordings themselves")
    traffic = b"".join(captured)
    never(plaintext.which(needles, traffic), "pieces of frames went over the network in the clear")
    never(any(h in traffic for h in heads), "heads of VP8 key frames went over the network in the clear")


def no_keys_in_memory(world, server, clients, witness) -> None:
    """All needles at once: the generation secret, what is extracted from it, every sender's base key and every KID's key.

    And beside them something that must be found, so that nothing passes because nothing was read.
    """
    secret = f"secret of generation {witness.active}"
    password, topic = "ICE password of the witness", "topic of the meeting"
    needles = witness.derived(witness.active) | {password: ICE_PASSWORD.encode(), topic: TOPIC.encode()}

    def searched(name: str, pid: int) -> list[str]:
        result = memory.search(pid, needles)
        world.note(f"found in {name}'s memory", {"found": result.found, "read": result.read, "resident": result.resident,
                                                 "unread": result.unread})
        check(result.whole(), f"the memory of {name} was not read: {result}")
        return result.found
    for client in clients:
        found = searched(client.name, client.pid)
        check(any(n.startswith(("base key", "key of", "prk")) for n in found), f"nothing where the keys must be: {found}")
    # kms does not let itself be read except by root (PR_SET_DUMPABLE).
    if os.geteuid() == 0:
        for pid in server.children("kms"):
            check(secret in searched("kms", pid), "the search for the secret does not work: kms must have it")
    else:
        print("SKIPPED nobody_in_the_middle: only root may read the memory of kms", flush=True)
    for role, must_be_there in (("media", password), ("control", topic)):
        pids = server.children(role)
        check(pids, f"there is no process of {role}")
        for pid in pids:
            found = searched(role, pid)
            check(must_be_there in found, f"{role} was not really searched: {found}")
            never([n for n in found if n not in (password, topic)], f"{role} holds: {found}")


@scenario("the traffic holds no plaintext; the media worker's memory holds no key, while the clients' and kms' do", long=True)
def nobody_in_the_middle(world):
    server, relay = relayed_server(world)
    relay.capture = []
    meeting = server.create_meeting(TOPIC)
    clip = media.talking_clip(world.folder)
    clients = [server.join(meeting, n, "--audio", clip, "--video", clip, "--loop", "--record", world.folder / f"rec-{n}", "--duration", "25")
               for n in ("Ada", "Blaise")]
    for client in clients:
        wait_until(f"{client.name} to see the other", lambda c=client: c.remote_with_frames(), 15)
    witness = world.keep(Witness(server, meeting))
    wait_until("the witness to have the keys", lambda: witness.active and witness.active in witness.secrets)
    wait_until("some seconds of traffic", lambda: len(relay.capture) > 800, 20)
    no_keys_in_memory(world, server, clients, witness)
    for client in clients:
        check(client.wait(40) == 0, client.errors()[-800:])
    captured, relay.capture = relay.capture, None
    media_packets = [d for d in captured if d and 128 <= d[0] <= 191 and not 192 <= d[1] <= 223]
    check(len(media_packets) > 400, f"too few media packets were captured: {len(media_packets)}")
    no_plaintext_in(world, captured, [world.recording(world.folder / "rec-Ada", "Blaise"), world.recording(world.folder / "rec-Blaise", "Ada")])
    together = b"".join(d[clear_header(d):] for d in media_packets)
    share = [together.count(bytes([b])) / len(together) for b in range(256)]
    world.note("byte frequencies of the captured payloads (1/256 is even)", {"least": min(share) * 256, "most": max(share) * 256})
    check(max(share) * 256 < 1.25, f"the payloads do not look like random bytes: {max(share) * 256}")


@scenario("a removed participant is out at once: nothing more is forwarded, and a new generation that they do not get is active within 2 s")
def removed_participant(world):
    server, relay = relayed_server(world)
    meeting = server.create_meeting("Removal")
    clip = media.talking_clip(world.folder)
    host = server.join(meeting, "Host", "--audio", clip, "--video", clip, "--loop", "--duration", "50", host=True, stdin=True)
    other = server.join(meeting, "Other", "--audio", clip, "--video", clip, "--loop", "--duration", "50")
    stay = (host, other)
    for client in stay:
        wait_until(f"{client.name} to see the other", lambda c=client: len(c.remote_with_frames()) == 1, 20)
    addresses = relay.clients()
    guest = server.join(meeting, "Guest", "--audio", clip, "--video", clip, "--loop", "--duration", "50")
    for client in (*stay, guest):
        wait_until(f"{client.name} to see the others", lambda c=client: len(c.remote_with_frames()) == 2, 20)
    guests = relay.clients() - addresses
    check(len(guests) == 1, f"one address is the guest's: {guests}")
    witness = world.keep(Witness(server, meeting, "Removed witness"))
    wait_until("the witness to be in", lambda: witness.active)

    def remove(name: str) -> tuple[float, int]:
        """When, and the newest generation that had been made until then: the one that was active, for nobody came or went meanwhile."""
        wait_until("both to be in one generation", lambda: host.last()["generation"] == other.last()["generation"], 5)
        said, before = time.monotonic(), host.last()["generation"]
        host.say(f"/remove {name}")
        return said, before

    def new_keys(said: float, before: int) -> list[float]:
        """Seconds until each of those who stay sealed with new keys, by their own clocks."""
        def look(client):
            return next((e for e in client.happened("generation") if e["generation"] > before), None)
        changes = [wait_until("the next generation to be active", lambda c=c: look(c), 6) for c in stay]
        return [c.moment(e) - said for c, e in zip(stay, changes)]
    said, before = remove("Removed witness")
    seconds = new_keys(said, before)
    wait_until("the witness to be told", lambda: witness.of_type("ended"), 5)
    check(witness.of_type("ended")[0]["reason"] == "removed", str(witness.of_type("ended")))
    check(max(witness.secrets) == before, f"the removed one got another generation than {before}: {sorted(witness.secrets)}")
    said, before = remove("Guest")
    seconds += new_keys(said, before)
    wait_until("the guest to end", lambda: not guest.running(), 5)
    check(guest.wait() == 4, f"the exit code says that it was removed: {guest.popen.returncode}")
    check(max(seconds) <= 2.0, f"seconds until those who stay had new keys: {seconds}")
    frames = {c.name: c.last()["remotes"][0]["frames_decoded"] for c in stay}
    for client in stay:
        wait_until("the others to go on", lambda c=client: c.last()["remotes"] and
                   c.last()["remotes"][0]["frames_decoded"] > frames[c.name] + 60, 10)
    wait_until("the others still to be sent media", lambda: all(relay.last_sent_to[a] > said + 2.0 for a in addresses), 10)
    address = guests.pop()
    still = relay.last_sent_to[address] - said
    world.note("removal", {"seconds until new keys": seconds, "datagrams sent to the guest": relay.sent_to[address], "the last after": still})
    check(relay.sent_to[address] > 300, "the guest had been sent media before")
    check(still <= 1.0, f"the server still sent to the guest {still:.1f} s after the removal")


@scenario("bits flipped and packets duplicated, on the way to the server and back, change nothing but counters")
def tampering(world):
    server, relay = relayed_server(world)
    meeting = server.create_meeting("Tampering")
    clip = media.talking_clip(world.folder)
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
        check(final["dropped_unauthenticated"] > 0, f"{client.name} has seen changed packets, too: {final}")
        check(final["dropped_replayed"] > 0, f"{client.name} has seen duplicates, too: {final}")
    counters = server.media_counters()
    world.note("media worker", counters)
    check(counters["dropped_unauthenticated"] > 0, f"the changed packets were counted: {json.dumps(counters)}")
    check(counters["dropped_replayed"] > 0, f"the duplicates were counted: {json.dumps(counters)}")
