"""Known plaintext: pieces of frames that a client has decrypted and recorded, looked for in what went over the network."""
import pathlib

import numpy as np

import media

PIECE = 12  # bytes: among random ones no piece of this size comes twice in the lifetime of a test
START_CODE = b"\x9d\x01\x2a"  # of a VP8 key frame (RFC 6386 section 9.1); the picture's size follows


def frames(recording: pathlib.Path, track: str) -> list[bytes]:
    """The encoded frames of the track "v:0" or "a:0", exactly as they lie in the file."""
    sizes = media.run("ffprobe", "-v", "error", "-select_streams", track, "-show_entries", "packet=size", "-of", "csv=p=0", str(recording))
    data = media.run("ffmpeg", "-v", "error", "-i", str(recording), "-map", f"0:{track}", "-c", "copy", "-f", "data", "-")
    found, at = [], 0
    for line in sizes.decode().split():
        size = int(line.strip(","))
        found.append(data[at:at + size])
        at += size
    if at != len(data):
        raise RuntimeError(f"{recording}: {len(data)} bytes of frames, {at} by their sizes")
    return found


def pieces(frame: bytes) -> list[bytes]:
    """Three from the middle of a frame, at places that packets cut differently; what is the same byte over and over tells nothing."""
    if len(frame) < 4 * PIECE:
        return []
    found = [frame[len(frame) * k // 4:][:PIECE] for k in (1, 2, 3)]
    return [p for p in found if len(p) == PIECE and len(set(p)) >= 6]


def key_frame_heads(found: list[bytes]) -> set[bytes]:
    """Start code and size of each key frame: the part that end-to-end encryption leaves to the media server, and the hop's does not."""
    return {f[3:10] for f in found if f[3:6] == START_CODE}


def which(needles: list[bytes], haystack: bytes) -> set[bytes]:
    """The needles, of `PIECE` bytes each, that stand anywhere in `haystack`."""
    heads = np.unique(np.frombuffer(b"".join(n[:8] for n in needles), "<u8"))
    hits: set[bytes] = set()
    wanted = set(needles)
    for shift in range(8):
        words = np.frombuffer(haystack, "<u8", (len(haystack) - shift) // 8, shift)
        place = np.minimum(np.searchsorted(heads, words), len(heads) - 1)
        for k in np.flatnonzero(heads[place] == words):
            at = shift + 8 * int(k)
            hits |= {haystack[at:at + PIECE]} & wanted
    return hits
