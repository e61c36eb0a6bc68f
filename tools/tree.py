"""What the checks share: which source files the repository has."""
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def files(*suffixes: str) -> list[pathlib.Path]:
    """Files that git tracks or would track, with one of these endings, relative to the root."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, text=True,
                         capture_output=True).stdout
    return sorted(p for p in map(pathlib.Path, out.splitlines()) if p.suffix in suffixes and (ROOT / p).exists())


def strip_comments(text: str) -> str:
    """The text with comments gone and its line numbers kept."""
    text = re.sub(r"//[^\n]*", "", text)
    return re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
