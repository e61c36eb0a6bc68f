#!/usr/bin/env python3
"""Writes tests/vectors/at_rest.json: the formats of docs/protocol/at-rest.md, made by a second implementation.

Not run by the build: the file is committed. Needs the Debian package python3-cryptography.
"""
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEGMENT = 65536


def rand(label: str, size: int) -> bytes:
    return b"".join(hashlib.sha256(f"{label}/{i}".encode()).digest() for i in range(size // 32 + 1))[:size]


def text(size: int) -> bytes:
    """What every vector seals when it is long: byte i is (7 i + i / 251) mod 256."""
    return bytes((7 * i + i // 251) & 0xFF for i in range(size))


def derive(secret: bytes, salt: bytes, label: bytes, header: bytes, context: bytes) -> tuple[bytes, bytes]:
    prk = hmac.digest(salt or bytes(32), secret, "sha256")
    info = label + header + context
    first = hmac.digest(prk, info + b"\x01", "sha256")
    return first, hmac.digest(prk, first + info + b"\x02", "sha256")


def encode_context(parts: list[str]) -> bytes:
    return b"\x01" + b"".join(struct.pack(">H", len(p.encode())) + p.encode() for p in parts)


def wrap(wrapping: bytes, kek_id: bytes, version: int, key_id: bytes, context: bytes, key: bytes, salt: bytes) -> bytes:
    clear = b"\x01\x01" + kek_id + struct.pack(">I", version) + key_id
    wk, commitment = derive(wrapping, salt, b"sealhall wrap v1", clear, context)
    return clear + salt + commitment + AESGCM(wk).encrypt(bytes(12), key, clear + context)


def record(data_key: bytes, key_id: bytes, context: bytes, plaintext: bytes, nonce: bytes) -> bytes:
    rk, commitment = derive(data_key, b"", b"sealhall record v1", key_id, b"")
    clear = b"\x01\x01" + key_id + nonce + commitment
    return clear + AESGCM(rk).encrypt(nonce, plaintext, clear + context)


def container(key: bytes, wrapped: bytes, context: bytes, plaintext: bytes, random: bytes) -> bytes:
    fixed = b"SEALHALL\x01\x01\x10\x00" + struct.pack(">I", 4096) + random[:16] + random[16:48] + random[48:55] + b"\0"
    ck, commitment = derive(key, random[16:48], b"sealhall container v1", hashlib.sha256(fixed).digest(), context)
    header = fixed + commitment + struct.pack(">H", len(wrapped)) + wrapped
    out = header + bytes(4096 - len(header))
    aead = AESGCM(ck)
    full = len(plaintext) // SEGMENT
    for i in range(full + 1):
        nonce = random[48:55] + struct.pack(">I", i) + (b"\x01" if i == full else b"\x00")
        out += aead.encrypt(nonce, plaintext[i * SEGMENT:(i + 1) * SEGMENT], b"")
    return out


def gf_mul(x: int, y: int) -> int:
    """NIST SP 800-38D section 6.3."""
    z = 0
    for i in range(128):
        if (y >> (127 - i)) & 1:
            z ^= x
        x = (x >> 1) ^ (0xE1 << 120 if x & 1 else 0)
    return z


def gf_pow(x: int, n: int) -> int:
    z = 1 << 127
    while n:
        if n & 1:
            z = gf_mul(z, x)
        x = gf_mul(x, x)
        n >>= 1
    return z


def two_key_record(keys: list[bytes], key_id: bytes, context: bytes, nonce: bytes) -> bytes:
    """A record with the commitment of the first key whose ciphertext and tag are authentic under both record keys."""
    derived = [derive(k, b"", b"sealhall record v1", key_id, b"") for k in keys]
    clear = b"\x01\x01" + key_id + nonce + derived[0][1]
    aad = clear + context
    def aes(k, block): return Cipher(algorithms.AES(k), modes.ECB()).encryptor().update(block)
    h = [int.from_bytes(aes(k, bytes(16)), "big") for k, _ in derived]
    e = [int.from_bytes(aes(k, nonce + b"\0\0\0\1"), "big") for k, _ in derived]
    fixed = text(16)
    def blocks(free: bytes):
        padded = aad + bytes(-len(aad) % 16) + fixed + free + struct.pack(">QQ", len(aad) * 8, 32 * 8)
        return [int.from_bytes(padded[i:i + 16], "big") for i in range(0, len(padded), 16)]
    def ghash(h0, bs):
        y = 0
        for b in bs:
            y = gf_mul(y ^ b, h0)
        return y
    # The free block stands before the length block: it is multiplied by H^2.
    base = [ghash(h0, blocks(bytes(16))) for h0 in h]
    a = gf_mul(h[0], h[0]) ^ gf_mul(h[1], h[1])
    inverse = gf_pow(a, (1 << 128) - 2)
    free = gf_mul(base[0] ^ base[1] ^ e[0] ^ e[1], inverse).to_bytes(16, "big")
    tags = [(ghash(h0, blocks(free)) ^ e0).to_bytes(16, "big") for h0, e0 in zip(h, e)]
    assert tags[0] == tags[1]
    for k, _ in derived:
        AESGCM(k).decrypt(nonce, fixed + free + tags[0], aad)
    return clear + fixed + free + tags[0]


def main() -> None:
    contexts = [["account", "chat", "message", "text"], ["a", "k", "", ""], ["ä", "meeting", "85746065432", "topic"]]
    kek, dek, kek_id, key_id = rand("kek", 32), rand("dek", 32), rand("kek id", 16), rand("key id", 16)
    out = {"about": "Made by tools/at_rest_vectors.py. Long plaintext: byte i is (7 i + i / 251) mod 256.",
           "contexts": [{"parts": c, "encoded": encode_context(c).hex()} for c in contexts], "wrapped_keys": [],
           "records": [], "containers": []}
    for i, parts in enumerate(contexts):
        salt = rand(f"salt {i}", 32)
        out["wrapped_keys"].append({
            "wrapping_key": kek.hex(), "wrapping_key_id": kek_id.hex(), "version": i + 1, "key_id": key_id.hex(),
            "context": parts, "key": dek.hex(), "random": salt.hex(),
            "wrapped": wrap(kek, kek_id, i + 1, key_id, encode_context(parts), dek, salt).hex()})
    for i, size in enumerate([0, 1, 15, 16, 1000]):
        parts, nonce = contexts[i % 3], rand(f"nonce {i}", 12)
        out["records"].append({
            "data_key": dek.hex(), "key_id": key_id.hex(), "context": parts, "plaintext_size": size,
            "random": nonce.hex(), "sealed": record(dek, key_id, encode_context(parts), text(size), nonce).hex()})
    wrapped = bytes.fromhex(out["wrapped_keys"][0]["wrapped"])
    for i, size in enumerate([0, 1, 65535, 65536, 65537, 2 * 65536 + 100]):
        parts, random = contexts[i % 3], rand(f"container {i}", 55)
        whole = container(dek, wrapped, encode_context(parts), text(size), random)
        out["containers"].append({
            "key": dek.hex(), "wrapped_key": wrapped.hex(), "context": parts, "plaintext_size": size,
            "random": random.hex(), "header_start": whole[:300].hex(), "size": len(whole),
            "sha256": hashlib.sha256(whole).hexdigest()})
    second = rand("second key", 32)
    out["two_key_record"] = {
        "data_keys": [dek.hex(), second.hex()], "key_id": key_id.hex(), "context": contexts[0],
        "sealed": two_key_record([dek, second], key_id, encode_context(contexts[0]), rand("two", 12)).hex()}
    (ROOT / "tests/vectors/at_rest.json").write_text(json.dumps(out, indent=1) + "\n")


main()
