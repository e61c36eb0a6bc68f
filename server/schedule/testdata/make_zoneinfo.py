#!/usr/bin/env python3
"""Writes zoneinfo.txt: what Python's zoneinfo says about the zones whose TZif files stand in zoneinfo/.

Lines: `utc ZONE SECONDS OFFSET ABBREVIATION` and `local ZONE LOCAL UTC_SECONDS` (the first of two, the offset before a gap).
"""
import datetime
import pathlib
import random
import shutil
import zoneinfo

ZONES = """Asia/Taipei Europe/Berlin America/New_York Australia/Lord_Howe Africa/Casablanca Europe/Dublin America/Santiago
Asia/Tehran Asia/Kathmandu Pacific/Apia America/Nuuk Asia/Jerusalem Antarctica/Troll Etc/UTC America/Sao_Paulo Africa/Cairo
Pacific/Chatham""".split()
HERE = pathlib.Path(__file__).parent
UTC = datetime.timezone.utc
STEP = 2 * 86400
random.seed(3)


def offset(zone, seconds):
    return datetime.datetime.fromtimestamp(seconds, zone).utcoffset()


def changes(zone):
    before = None
    for t in range(1546300800, 2840140800, STEP):  # 2019 to 2059
        now = offset(zone, t)
        if before is not None and now != before:
            low, high = t - STEP, t
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if offset(zone, middle) == now else (middle, high)
            yield high
        before = now


lines = []
for name in ZONES:
    source = pathlib.Path("/usr/share/zoneinfo") / name
    target = HERE / "zoneinfo" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    zone = zoneinfo.ZoneInfo(name)
    times = [random.randrange(0, 4102444800) for _ in range(8)]
    for at in changes(zone):
        if random.random() < 0.06:
            times += [at - 1, at, at - 1800, at + 1800]
    for t in sorted(set(times)):
        there = datetime.datetime.fromtimestamp(t, zone)
        away = int(there.utcoffset().total_seconds())
        lines.append(f"utc {name} {t} {away} {there.tzname()}")
        for shift in (0, random.randrange(-5400, 5400)):
            local = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=t + away + shift)
            utc = int(local.replace(tzinfo=zone, fold=0).astimezone(UTC).timestamp())
            lines.append(f"local {name} {local:%Y-%m-%dT%H:%M:%S} {utc}")
(HERE / "zoneinfo.txt").write_text("\n".join(lines) + "\n")
