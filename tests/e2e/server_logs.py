"""What the logs of a server may say: JSON, an object a line, and nothing of people (io/log/log.h)."""
import json
import pathlib
import re

ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\[[0-9a-f]*:[0-9a-f:]+\]|(?<![\w:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![\w:])")
MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
HEAD = ("time", "level", "process", "message")


def problems_in(lines: list[str], words: set[str]) -> list[str]:
    """What is wrong with these lines of a log; `words` are names, topics, tokens and numbers that people have given and got."""
    long = "|".join(re.escape(w) for w in sorted(words) if len(w) > 2)
    named = re.compile(rf"(?<!\w)(?:{long})(?!\w)") if long else None
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            found.append(f"no JSON: {line[:300]}")
            continue
        if not isinstance(entry, dict) or any(not isinstance(entry.get(key), str) for key in HEAD):
            found.append(f"without {', '.join(HEAD)}: {line[:300]}")
            continue
        # Where a media worker listens is the operator's own address.
        said = json.dumps({k: v for k, v in entry.items() if (entry["message"], k) != ("ready", "address") and k not in HEAD[:3]}, ensure_ascii=False)
        for what, pattern in (("an address", ADDRESS), ("a mail address", MAIL), ("what somebody is or has", named)):
            if pattern and (hit := pattern.search(said)):
                found.append(f"{what} ({hit.group()}): {line[:300]}")
    return found


def problems_of(logs: list[pathlib.Path], words: set[str]) -> list[str]:
    """What is wrong in these files."""
    return [f"{path.name}: {problem}" for path in logs if path.exists()
            for problem in problems_in(path.read_text(errors="replace").splitlines(), words)]
