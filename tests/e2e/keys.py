"""The key schedule once more, written from the documents alone (RFC 9180, RFC 9605, ARCHITECTURE.md) over python3-cryptography.

A second implementation that has nothing in common with ours: when both agree, the documents say what the code does.
"""
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def extract(hash_name: str, salt: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt or bytes(hashlib.new(hash_name).digest_size), ikm, hash_name).digest()


def expand(hash_name: str, prk: bytes, info: bytes, length: int) -> bytes:
    out, block = b"", b""
    for i in range(1, 256):
        if len(out) >= length:
            break
        block = hmac.new(prk, block + info + bytes([i]), hash_name).digest()
        out += block
    return out[:length]


class HpkeRecipient:
    """RFC 9180 base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; single shot, empty AAD."""

    KEM = b"KEM" + struct.pack(">H", 0x0020)
    SUITE = b"HPKE" + struct.pack(">HHH", 0x0020, 0x0001, 0x0002)

    def __init__(self):
        self.private = X25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @staticmethod
    def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return extract("sha256", salt, b"HPKE-v1" + suite + label + ikm)

    @staticmethod
    def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
        return expand("sha256", prk, struct.pack(">H", length) + b"HPKE-v1" + suite + label + info, length)

    def open(self, enc: bytes, info: bytes, ciphertext: bytes) -> bytes:
        dh = self.private.exchange(X25519PublicKey.from_public_bytes(enc))
        eae = self._extract(self.KEM, b"", b"eae_prk", dh)
        shared = self._expand(self.KEM, eae, b"shared_secret", enc + self.public, 32)
        context = (b"\x00" + self._extract(self.SUITE, b"", b"psk_id_hash", b"")
                   + self._extract(self.SUITE, b"", b"info_hash", info))
        secret = self._extract(self.SUITE, shared, b"secret", b"")
        key = self._expand(self.SUITE, secret, b"key", context, 32)
        nonce = self._expand(self.SUITE, secret, b"base_nonce", context, 12)
        return AESGCM(key).decrypt(nonce, ciphertext, b"")


def generation_info(meeting_uuid: bytes, generation: int, participant: int) -> bytes:
    return b"sealhall/m1 generation" + meeting_uuid + struct.pack(">II", generation, participant)


def media_prk(meeting_uuid: bytes, secret: bytes) -> bytes:
    return extract("sha512", b"sealhall/m1" + meeting_uuid, secret)


def base_key(prk: bytes, generation: int, sender_index: int, nonce: bytes) -> bytes:
    return expand("sha512", prk, b"sealhall/m1 sender" + struct.pack(">IH", generation, sender_index) + nonce, 32)


def kid(context: int, sender_index: int, generation: int) -> int:
    return context << 24 | sender_index << 8 | (generation & 0xFF)


def sframe_key_and_salt(base: bytes, key_id: int) -> tuple[bytes, bytes]:
    """RFC 9605 section 4.4.2 for suite 5, AES_256_GCM_SHA512_128."""
    secret = extract("sha512", b"", base)
    tail = struct.pack(">QH", key_id, 5)
    return (expand("sha512", secret, b"SFrame 1.0 Secret key " + tail, 32),
            expand("sha512", secret, b"SFrame 1.0 Secret salt " + tail, 12))


def parse_sframe_header(data: bytes) -> tuple[int, int, int]:
    """RFC 9605 section 4.3: (KID, CTR, size of the header)."""
    config = data[0]
    at = 1

    def field(extended: int, value: int) -> int:
        nonlocal at
        if not extended:
            return value
        number = int.from_bytes(data[at:at + value + 1], "big")
        at += value + 1
        return number
    key_id = field(config >> 7, (config >> 4) & 7)
    counter = field((config >> 3) & 1, config & 7)
    return key_id, counter, at


def open_frame(key: bytes, salt: bytes, frame: bytes, clear_prefix: int) -> bytes:
    """The plain frame of `clear prefix | SFrame header | ciphertext | tag`. Raises InvalidTag when it does not open."""
    prefix, rest = frame[:clear_prefix], frame[clear_prefix:]
    _, counter, header = parse_sframe_header(rest)
    nonce = bytes(a ^ b for a, b in zip(salt, counter.to_bytes(12, "big")))
    return prefix + AESGCM(key).decrypt(nonce, rest[header:], rest[:header] + prefix)
