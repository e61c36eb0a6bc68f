#!/usr/bin/python3
"""The browser client against real servers and native clients, in Debian's Chromium. Closes with 'N passed, N failed'.

  run.py                 everything
  run.py --only NAME     scenarios whose name contains NAME
  run.py --list          what there is

Each scenario's folder under build/e2e has every log; build/screens has a picture of every screen.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))
sys.path.append(str(HERE.parent / "e2e" / "scenarios"))  # helpers that scenarios there share
sys.path.remove(str(HERE))  # our own name is run, too

import run as e2e  # noqa: E402  (tests/e2e/run.py)

if __name__ == "__main__":
    sys.exit(e2e.main(HERE / "scenarios", jobs=3))  # browsers draw and code pictures: three at a time, one of them a crowd
