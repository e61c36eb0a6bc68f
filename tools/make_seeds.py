#!/usr/bin/env python3
"""Writes the fuzz seeds of rtp, rtcp, vp8, vp9, h264, rtx, opus and srtp: one small file for every shape that a parser distinguishes."""
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent

RTP = "8060 0001 00000002 00000003"
SEEDS = {
    "rtp": {
        "plain": "80ef 1234 00010203 deadbeef 616263",
        "csrcs": "8260 0001 00000002 00000003 0000000a 0000000b 61",
        "padding": "a060 0001 00000002 00000003 78 000003",
        "one_byte": "9060 0001 00000002 00000003 bede0003 109e 31cafe 4076 a068 000000 61",
        "two_byte": "9060 0001 00000002 00000003 10000002 0100 0302abcd 0000 61",
        "unknown_profile": "9060 0001 00000002 00000003 12340001 10ffffff 61",
    },
    "rtcp": {
        "sr": "81c8000c 11223344 0102030405060708 0a0b0c0d 00000064 00001000 55667788 40fffffe 00012345 00000010 aabbccdd 00018000",
        "rr_sdes_bye": "80c90001 00000009 81ca0003 00000009 0103616263 000000 81cb0001 00000009",
        "nack": "81cd0004 00000001 00000002 fffe8005 00100000",
        "pli_fir": "81ce0002 00000001 00000002 84ce0004 00000001 00000000 00000007 05000000",
        "remb": "8fce0005 00000001 00000000 52454d42 010bffff 00000009",
        "feedback_runs": "8fcd0007 00000001 00000002 ffff0006 ffffff07 200200034001 04fffffe0000",
        "feedback_one_bit": "8fcd0006 00000001 00000002 00000005 00000100 ac00 010203 000000",
        "feedback_two_bit": "8fcd0006 00000001 00000002 00000005 00000100 da10 017fff800005",
        "padded": "80c90001 00000009 a1ce0003 00000001 00000002 00000004",
    },
    "vp8": {
        "key_frame": "105001009d012a",
        "full": "b2f092347 7b501".replace(" ", ""),
        "short_picture_id": "90807f00",
        "delta": "9080800531",
    },
    "vp9": {
        "key_frame": "0caa",
        "non_flexible": "e8 9234 50 77 aa",
        "flexible": "f8 05 03 03 05 06 aa",
        "structure": "8e 01 38 0140 00b4 0280 0168 02 10 38 01 02 aa",
    },
    "h264": {
        "slice": "619a",
        "stap_a": "78 0003 674200 0002 68ce 0002 6588",
        "fu_a": "7c 85 88",
        "key_frame": "00000001 0910 000001 6742c01f 00000001 68ce3c80 000001 6588840021ff",
        "sei": "00000001 0605112280 000001 419a020500000001",
        "hidden": "00000001 419a0000 030102 80",
    },
    "rtx": {
        "plain": RTP + "1234 61626364",
        "extension": "90e1 0005 00000009 00000002 bede0001 31006300 1234 767038",
        "probe": "a061 0001 00000002 00000003 00000004",
    },
    "opus": {
        "silk_fec": "4840aabb",
        "stereo_celt": "fc0102030405",
        "two_equal": "f901020304",
        "two_lengths": "fa01090909",
        "counted": "fb830102090909090909",
        "padded": "fb420205050606 0000",
        "dtx": "08",
    },
}


def hex_bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace(" ", ""))


def srtp_seeds() -> dict[str, bytes]:
    """A byte for the profile, two for the damage, then authentic packets under the keys in fuzz/srtp_fuzz.cc."""
    packets = {
        0: ("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
            "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798"),
        1: ("800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
            "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001"),
        2: ("800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b",),
        3: ("800f1234decafbadcafebabeabababababababababababababababab",
            "81c8000bcafebabeabababababababababababababababab",
            "916000010000000200000003aaaaaaaabede00011001000011223344"),
    }
    return {f"profile{profile}_{n}": bytes([profile, 0, 20]) + hex_bytes(packet)
            for profile, group in packets.items() for n, packet in enumerate(group)}


def main() -> None:
    count = 0
    seeds = {target: {name: hex_bytes(text) for name, text in group.items()} for target, group in SEEDS.items()}
    seeds["srtp"] = srtp_seeds()
    for target, group in seeds.items():
        folder = ROOT / "fuzz" / "seeds" / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in group.items():
            (folder / name).write_bytes(data)
            count += 1
    print(f"{count} seeds in {len(seeds)} folders of fuzz/seeds")


if __name__ == "__main__":
    main()
