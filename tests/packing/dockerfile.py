"""Reads the Dockerfile and .dockerignore: stages, steps, and which files of the repository a build would see."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from config import ROOT

DOCKERFILE = ROOT / "Dockerfile"
IGNORE = ROOT / ".dockerignore"
# What a checkout may hold that is large, and that the first pattern of .dockerignore shuts out anyway.
NEVER_WALKED = (".git", ".venv", "node_modules", "instance")


@dataclass(frozen=True)
class Step:
    """One instruction, its continuation lines joined."""

    word: str
    text: str

    @property
    def exec_form(self) -> list[str] | None:
        """The words of the JSON form, None for the shell form."""
        return list(json.loads(self.text)) if self.text.startswith("[") else None

    @property
    def options(self) -> dict[str, str]:
        """`--from=build` as {"from": "build"}."""
        return dict(re.findall(r"(?<!\S)--([a-z-]+)=(\S+)", self.text))

    @property
    def words(self) -> list[str]:
        """The arguments without options."""
        return [word for word in shlex.split(self.text) if not word.startswith("--")]


@dataclass
class Stage:
    """What stands between one FROM and the next."""

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def all(self, word: str) -> list[Step]:
        return [step for step in self.steps if step.word == word]

    def only(self, word: str) -> Step:
        """The one step of this kind."""
        (step,) = self.all(word)
        return step

    def environ(self) -> dict[str, str]:
        """Every ENV of the stage, as written."""
        pairs = [word.partition("=") for step in self.all("ENV") for word in step.words]
        return {name: value for name, _, value in pairs}


def stages() -> list[Stage]:
    """The stages of the Dockerfile, in order. ARGs before the first FROM are put in."""
    found: list[Stage] = []
    given: dict[str, str] = {}
    for step in steps(DOCKERFILE.read_text("utf-8")):
        if step.word == "FROM":
            base, _, name = step.text.partition(" AS ")
            base = re.sub(r"\$\{(\w+)\}", lambda word: given[word[1]], base)
            found.append(Stage(name or "final", base))
        elif step.word == "ARG" and not found:
            name, _, value = step.text.partition("=")
            given[name] = value
        else:
            found[-1].steps.append(step)
    return found


def steps(text: str) -> list[Step]:
    """The instructions of a Dockerfile."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    pairs = (line.split(None, 1) for line in whole.splitlines())
    return [Step(word.upper(), rest.strip()) for word, rest in pairs]


def healthcheck(stage: Stage) -> list[str]:
    """The command of the health check."""
    command = stage.only("HEALTHCHECK").text.partition("CMD ")[2]
    return list(json.loads(command))


@cache
def context() -> list[Path]:
    """The files that .dockerignore lets into the build, relative to the repository."""
    patterns = [line.strip() for line in IGNORE.read_text("utf-8").splitlines()]
    patterns = [line for line in patterns if line and not line.startswith("#")]
    return sorted(path for path in _files(ROOT) if not ignored(path, patterns))


def ignored(path: Path, patterns: list[str]) -> bool:
    """Whether Docker leaves this file out: the last pattern that matches it, or a folder it is in, decides."""
    left_out = False
    for pattern in patterns:
        candidates = [path, *list(path.parents)[:-1]]
        if any(_matches(str(candidate), pattern.lstrip("!")) for candidate in candidates):
            left_out = not pattern.startswith("!")
    return left_out


def _matches(path: str, pattern: str) -> bool:
    return _meaning(pattern).fullmatch(path) is not None


@cache
def _meaning(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*)", pattern)
    meaning = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(meaning.get(part, re.escape(part)) for part in parts))


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.iterdir():
        if path.name in NEVER_WALKED:
            continue
        if path.is_dir() and not path.is_symlink():
            found += _files(path)
        else:
            found.append(path.relative_to(ROOT))
    return found
