"""Names of settings: those that config.py reads, and those that the files of deploy/ write."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from config import ROOT, Config
from deploy.new_env import filled

# Read by somebody else: Python, the C library, the server, a shell.
ELSEWHERE = {
    "PATH",
    "HOME",
    "PYTHONUNBUFFERED",
    "PYTHONDONTWRITEBYTECODE",
    "MALLOC_ARENA_MAX",
    "MALLOC_MMAP_THRESHOLD_",
}
VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")


class _Noting(Mapping[str, str]):
    """An environment that notes what it is asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values_, self.asked = values, set[str]()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def known() -> set[str]:
    """Every name that config.py looks at."""
    environ = _Noting({"APP_ENV": "testing", "SECRET_KEY": "x" * 32, "ENCRYPTION_KEYS": "A" * 43 + "="})
    Config.from_env(environ)
    return environ.asked


def pairs(text: str) -> dict[str, str]:
    """The `NAME=value` lines of a settings file."""
    lines = [line.partition("=") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}


def example(path: str) -> dict[str, str]:
    """An example of settings with its secrets made up, as `deploy.new_env` would."""
    return pairs(filled((ROOT / path).read_text("utf-8")))


def interpolated(value: object, environ: Mapping[str, str]) -> str:
    """A value of compose.yaml with its variables put in. Raises KeyError with the message of one that is required."""

    def put(found: re.Match[str]) -> str:
        given = environ.get(found[1], "")
        if found[2] == ":?" and not given:
            raise KeyError(f"{found[1]} {found[3]}")
        return given or (found[3] if found[2] == ":-" else "")

    return VARIABLE.sub(put, "" if value is None else str(value))


def named_in(path: Path) -> set[str]:
    """Names in backticks or commands of a document that look like settings."""
    text = path.read_text("utf-8")
    return set(re.findall(r"`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", text))
