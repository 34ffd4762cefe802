"""Which Python of this machine `.venv` is made with: the fastest, as the container's image has it.

A Python that was built without a profile of how it is used (pyenv does so unless told otherwise) needs up to half as
much time again for everything. The image's Python and those of distributions are built with one. So each interpreter
found is asked to do the same small piece of work, and another than the one that asks is taken where it is clearly
faster. Needs the standard library only.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

USUAL = ("/usr/local/bin/python3", "/usr/bin/python3", "/usr/bin/python3.12", "/usr/bin/python3.11")
CLEARLY = 0.9
"""Of the time that the one that asks takes itself."""
ROUNDS = 3
WORK = """
import sys, time, venv
assert sys.version_info >= (3, 11)
def work():
    found = {}
    for n in range(40000):
        word = "%d-%s" % (n, "x")
        found[word] = found.get(word, 0) + len(word)
        parts = [n] * 3; pair = tuple(parts)
def timed():
    began = time.process_time(); work(); return time.process_time() - began
print(min(timed() for _ in range(9)))
"""


def seconds(python: str) -> float | None:
    """How long an interpreter needs for a small piece of work; None when it is too old or does not start."""
    try:
        done = subprocess.run([python, "-I", "-c", WORK], capture_output=True, text=True, timeout=60, check=True)
        return float(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError):
        return None


def fastest() -> str:
    """The interpreter to work with: this one, unless another of this machine is clearly faster."""
    asked = [sys.executable, *_others()]
    if len(asked) == 1:
        return sys.executable
    # In turns: a moment in which the machine does something else hits one of several times and not one interpreter.
    rounds = [{python: seconds(python) for python in asked} for _ in range(ROUNDS)]
    best = {python: min(times) for python in asked if (times := [one[python] for one in rounds if one[python]])}
    own = best.pop(sys.executable, 0.0)
    python = min(best, key=best.__getitem__, default=sys.executable)
    return python if best.get(python, own) < CLEARLY * own else sys.executable


def _others() -> Iterator[str]:
    here = Path(sys.executable).resolve()
    for path in dict.fromkeys(Path(usual).resolve() for usual in USUAL):
        if path != here and os.access(path, os.X_OK):
            yield str(path)
