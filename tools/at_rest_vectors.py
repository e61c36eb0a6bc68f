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


def container_fixed(random: bytes) -> bytes:
    return b"SEALHALL\x01\x01\x10\x00" + struct.pack(">I", 4096) + random[:16] + random[16:48] + random[48:55] + b"\0"


def container_header(fixed: bytes, commitment: bytes, wrapped: bytes) -> bytes:
    header = fixed + commitment + struct.pack(">H", len(wrapped)) + wrapped
    return header + bytes(4096 - len(header))


def container(key: bytes, wrapped: bytes, context: bytes, plaintext: bytes, random: bytes) -> bytes:
    fixed = container_fixed(random)
    ck, commitment = derive(key, random[16:48], b"sealhall container v1", hashlib.sha256(fixed).digest(), context)
    out = container_header(fixed, commitment, wrapped)
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


def two_key_ciphertext(keys: list[bytes], nonce: bytes, aad: bytes) -> bytes:
    """32 bytes of ciphertext and a tag that are authentic under both keys: what AES-GCM allows and a commitment forbids."""
    def aes(k, block): return Cipher(algorithms.AES(k), modes.ECB()).encryptor().update(block)
    h = [int.from_bytes(aes(k, bytes(16)), "big") for k in keys]
    e = [int.from_bytes(aes(k, nonce + b"\0\0\0\1"), "big") for k in keys]
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
    for k in keys:
        AESGCM(k).decrypt(nonce, fixed + free + tags[0], aad)
    return fixed + free + tags[0]


def two_key_record(keys: list[bytes], key_id: bytes, context: bytes, nonce: bytes) -> bytes:
    """With the commitment of the first data key."""
    derived = [derive(k, b"", b"sealhall record v1", key_id, b"") for k in keys]
    clear = b"\x01\x01" + key_id + nonce + derived[0][1]
    return clear + two_key_ciphertext([k for k, _ in derived], nonce, clear + context)


def two_key_wrap(keys: list[bytes], kek_id: bytes, key_id: bytes, context: bytes, salt: bytes) -> bytes:
    clear = b"\x01\x01" + kek_id + struct.pack(">I", 1) + key_id
    derived = [derive(k, salt, b"sealhall wrap v1", clear, context) for k in keys]
    return clear + salt + derived[0][1] + two_key_ciphertext([k for k, _ in derived], bytes(12), clear + context)


def two_key_container(keys: list[bytes], wrapped: bytes, context: bytes, random: bytes) -> tuple[bytes, bytes]:
    """The header and the one segment."""
    fixed = container_fixed(random)
    derived = [derive(k, random[16:48], b"sealhall container v1", hashlib.sha256(fixed).digest(), context) for k in keys]
    nonce = random[48:55] + struct.pack(">I", 0) + b"\x01"
    return container_header(fixed, derived[0][1], wrapped), two_key_ciphertext([k for k, _ in derived], nonce, b"")


def flipped(data: bytes, at: int, bit: int = 1) -> bytes:
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


def refused_records(data_key: bytes, key_id: bytes, context: bytes) -> dict[str, bytes]:
    """By what is wrong. "nothing" opens."""
    plaintext, nonce = text(100), rand("refused record", 12)
    good = record(data_key, key_id, context, plaintext, nonce)
    rk, commitment = derive(data_key, b"", b"sealhall record v1", key_id, b"")
    def sealed_as(clear: bytes, aad: bytes) -> bytes: return clear + AESGCM(rk).encrypt(nonce, plaintext, aad)
    clear = good[:62]
    return {
        "nothing": good, "empty": b"", "a byte": good[:1], "shorter than the smallest": good[:77],
        "a later version, sealed as such": sealed_as(b"\x02" + clear[1:], b"\x02" + clear[1:] + context),
        "another suite, sealed as such": sealed_as(b"\x01\x02" + clear[2:], b"\x01\x02" + clear[2:] + context),
        "another data key's id, sealed as such": sealed_as(flipped(clear, 2), flipped(clear, 2) + context),
        "another commitment, sealed as such": sealed_as(flipped(clear, 30), flipped(clear, 30) + context),
        "a bit of the id": flipped(good, 17, 128), "a bit of the nonce": flipped(good, 29, 128), "a bit of the commitment": flipped(good, 61, 128),
        "a bit of the content": flipped(good, 62), "a bit of the tag": flipped(good, len(good) - 1, 128),
        "cut": good[:-1], "without its tag": good[:-16], "a byte behind the end": good + b"\0",
        "associated data without the context": sealed_as(clear, clear), "no associated data": sealed_as(clear, b""),
        "the context alone as associated data": sealed_as(clear, context),
        "the data key itself as the key": clear + AESGCM(data_key).encrypt(nonce, plaintext, clear + context)}


def refused_wraps(wrapping: bytes, kek_id: bytes, key_id: bytes, context: bytes, key: bytes) -> dict[str, bytes]:
    salt = rand("refused wrap", 32)
    good = wrap(wrapping, kek_id, 1, key_id, context, key, salt)
    wk, commitment = derive(wrapping, salt, b"sealhall wrap v1", good[:38], context)
    other, others = derive(wrapping, salt, b"sealhall record v1", good[:38], context)
    def later(start: bytes) -> bytes:
        clear = start + good[2:38]
        k, c = derive(wrapping, salt, b"sealhall wrap v1", clear, context)
        return clear + salt + c + AESGCM(k).encrypt(bytes(12), key, clear + context)
    return {
        "nothing": good, "empty": b"", "a byte": good[:1], "cut": good[:-1], "a byte behind the end": good + b"\0",
        "a later version, sealed as such": later(b"\x02\x01"), "another suite, sealed as such": later(b"\x01\x02"),
        "a bit of the wrapping key's id": flipped(good, 2), "a bit of its version": flipped(good, 21), "a bit of the id inside": flipped(good, 37),
        "a bit of the salt": flipped(good, 38), "a bit of the commitment": flipped(good, 101, 128), "a bit of the key": flipped(good, 102),
        "a bit of the tag": flipped(good, 149, 128), "the label of records": good[:70] + others + AESGCM(other).encrypt(bytes(12), key, good[:38] + context),
        "another nonce": good[:102] + AESGCM(wk).encrypt(bytes(11) + b"\x01", key, good[:38] + context),
        "associated data without the context": good[:102] + AESGCM(wk).encrypt(bytes(12), key, good[:38]),
        "a key of 31 bytes": good[:102] + AESGCM(wk).encrypt(bytes(12), key[:31], good[:38] + context)}


def refused_containers(key: bytes, wrapped: bytes, context: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Header and segments; each but those that are cut or bent is sealed as it says."""
    random, plaintext = rand("refused container", 55), text(100)
    def made(fixed=container_fixed(random), label=b"sealhall container v1", index=0, last=1, prefix=random[48:55], aad=b"", hashed=None, inside=wrapped):
        ck, commitment = derive(key, fixed[32:64], label, hashed if hashed is not None else hashlib.sha256(fixed).digest(), context)
        nonce = prefix + struct.pack(">I", index) + bytes([last])
        return container_header(fixed, commitment, inside), AESGCM(ck).encrypt(nonce, plaintext, aad)
    fixed = container_fixed(random)
    header, segment = made()
    def at(place: int, value: bytes) -> bytes: return fixed[:place] + value + fixed[place + len(value):]
    return {
        "nothing": (header, segment), "empty": (b"", b""), "half a header": (header[:2048], b""), "a header alone": (header, b""),
        "less than a tag": (header, segment[:15]), "cut": (header, segment[:-1]), "a byte behind the end": (header, segment + b"\0"),
        "a segment behind the end": (header, segment + segment),
        "another magic": made(at(0, b"SEALHALM")), "a later version": made(at(8, b"\x02")), "another suite": made(at(9, b"\x02")),
        "segments of 2^15 bytes": made(at(10, b"\x0f")), "a reserved byte": made(at(11, b"\x01")), "a header of 8192 bytes": made(at(12, struct.pack(">I", 8192))),
        "the second reserved byte": made(at(71, b"\x01")), "a bit of the object id": (flipped(header, 16), segment),
        "a bit of the salt": (flipped(header, 32), segment), "a bit of the nonce prefix": (flipped(header, 64), segment),
        "a bit of the commitment": (flipped(header, 103, 128), segment), "a bit behind the wrapped key": (flipped(header, 256), segment),
        "the last bit of the header": (flipped(header, 4095), segment), "a wrapped key of 149 bytes": made(inside=wrapped[:149]),
        "a wrapped key that is longer than the header": (header[:104] + b"\xff\xff" + header[106:], segment),
        "a wrapped key of a later version": made(inside=b"\x02" + wrapped[1:]), "no wrapped key": made(inside=b""),
        "the only segment not as the last": made(last=0), "the only segment as the second": made(index=1), "a nonce that ends in 2": made(last=2),
        "another nonce prefix": made(prefix=flipped(random[48:55], 0)), "associated data": made(aad=header), "the label of records": made(label=b"sealhall record v1"),
        "the header itself instead of its hash": made(hashed=fixed), "a bit of the content": (header, flipped(segment, 0)),
        "a bit of the tag": (header, flipped(segment, len(segment) - 1, 128))}


# Of the last container of "containers", whose segments are 0, 1, 2: their order in another file.
REFUSED_ORDERS = {"nothing": [0, 1, 2], "the first two swapped": [1, 0, 2], "the first repeated": [0, 0, 1, 2], "the second repeated": [0, 1, 1, 2],
                  "the first left out": [1, 2], "the second left out": [0, 2], "cut between segments": [0, 1], "the last alone": [2],
                  "the last twice": [0, 1, 2, 2], "the first for the second": [0, 0, 2], "the second for the first": [1, 1, 2]}


def shown(header: bytes) -> str:
    """Without the zeros at its end."""
    return header.rstrip(b"\0").hex()


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
    kek2 = rand("second wrapping key", 32)
    out["two_key_wrap"] = {
        "wrapping_keys": [kek.hex(), kek2.hex()], "context": contexts[0],
        "wrapped": two_key_wrap([kek, kek2], kek_id, key_id, encode_context(contexts[0]), rand("two wraps", 32)).hex()}
    header, segment = two_key_container([dek, second], wrapped, encode_context(contexts[0]), rand("two containers", 55))
    out["two_key_container"] = {"data_keys": [dek.hex(), second.hex()], "context": contexts[0], "header": shown(header), "segments": segment.hex()}
    place = encode_context(contexts[0])
    out["refused"] = {
        "context": contexts[0], "data_key": dek.hex(), "key_id": key_id.hex(), "wrapping_key": kek.hex(),
        "records": [{"wrong": wrong, "sealed": sealed.hex()} for wrong, sealed in refused_records(dek, key_id, place).items()],
        "wrapped_keys": [{"wrong": wrong, "wrapped": sealed.hex()} for wrong, sealed in refused_wraps(kek, kek_id, key_id, place, dek).items()],
        "containers": [{"wrong": wrong, "header_size": len(start), "header": shown(start), "segments": rest.hex()}
                       for wrong, (start, rest) in refused_containers(dek, wrapped, place).items()],
        "orders": [{"wrong": wrong, "segments": order} for wrong, order in REFUSED_ORDERS.items()]}
    (ROOT / "tests/vectors/at_rest.json").write_text(json.dumps(out, indent=1) + "\n")


main()
