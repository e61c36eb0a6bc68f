"""The README's own lines, as they stand there: whoever copies them into two terminals holds a meeting with themselves."""
import os
import pathlib
import re
import subprocess

import harness
import media
import numpy as np
from harness import PASSWORD, ROOT, Server, check, scenario, wait_until
from people import printed_link


def commands() -> list[str]:
    """The lines of the block below "a meeting with yourself in two more terminals", without their remarks."""
    text = (ROOT / "README.md").read_text()
    block = text[text.index("two more terminals:"):].split("```")[1]
    return [re.sub(r"\s+# .*$", "", line) for line in block.strip().splitlines()]


@scenario("the README's lines, copied: an administrator is made, a meeting, and two terminals meet; the recording has sound and pictures")
def readme_lines(world):
    lines = commands()
    check(len(lines) == 5, f"five lines to copy: {lines}")
    server = Server(world).start()
    recordings = world.folder / "recordings"
    here = {"build/release/bin/": f"{pathlib.Path(harness.BIN).resolve()}/", "https://127.0.0.1:8443": server.url, "var/data/ca.pem": str(server.ca),
            "LINK THAT WAS PRINTED": printed_link(server), "/tmp/recordings": str(recordings)}
    env = {"SEALHALL_PASSWORD": PASSWORD, "XDG_CONFIG_HOME": str(world.folder)}
    used: set[str] = set()

    def on_this_machine(line: str) -> str:
        for there, value in here.items():
            if there in line:
                used.add(there)
                line = line.replace(there, value)
        return line

    def type_in(line: str) -> str:
        done = subprocess.run(["bash", "-c", on_this_machine(line)], text=True, capture_output=True, timeout=60, stdin=subprocess.DEVNULL,
                              cwd=world.folder, env={**os.environ, **env})
        check(done.returncode == 0, f"{line}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout
    setup, create, make, ada, blaise = lines
    type_in(setup)
    found = re.search(r"https://\S+/j/\S+", type_in(create))
    check(found is not None, "making a meeting prints its link")
    here["MEETING LINK"] = found.group(0)
    type_in(make)
    terminals = [world.process(name, ["bash", "-c", "exec " + on_this_machine(line)], env=env) for name, line in (("Ada", ada), ("Blaise", blaise))]
    check(used == set(here), f"the README no longer says {set(here) - used}")
    wait_until("Blaise to have recorded Ada for some seconds", lambda: sum(p.stat().st_size for p in recordings.glob("*.webm")) > 300_000, 40)
    for terminal in terminals:
        check(terminal.running(), f"{terminal.name} ended: {terminal.errors()[-800:]}")
    for terminal in reversed(terminals):
        check(terminal.stop() == 0, terminal.errors()[-800:])
    recording = world.recording(recordings, "Ada")
    sound, pictures = media.read_audio(recording), media.read_video(recording)
    loudness = float(np.sqrt(np.mean(sound ** 2)))
    world.note("recorded", {"pictures": len(pictures), "seconds of sound": len(sound) / media.RATE, "loudness": loudness})
    check(len(pictures) > 30 and pictures[-1][1].std() > 20, f"there are pictures, and something is to be seen: {len(pictures)}")
    check(loudness > 0.005, f"something is to be heard: {loudness}")
