"""Builds what the Dockerfile says without an engine: its steps, from the file itself, below a scratch folder.

The stand-in for the base image is a fresh virtual environment with nothing but pip. Every path of the image begins at
the scratch folder. What this cannot show is what the engine itself adds: layers, namespaces, capabilities.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from config import ROOT
from tests.packing import dockerfile
from tests.packing.dockerfile import Stage, Step
from tests.support.live import machine_environ

# Paths of the image as they appear in a command, never in the middle of another word.
IMAGE_PATH = re.compile(r"(?<![\w./$}{-])/(?=(?:opt|srv|data|tmp)(?:[/\s\"']|$))")
MINORS = ("", ".11", ".12", ".13", ".14")
SECONDS = 900


class Image:
    """An image that is a folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.folder = folder
        self.base = folder / "base"
        self.environ: dict[str, str] = {}
        self.workdir = self.root
        self.final = dockerfile.stages()[-1]

    def build(self, python: str) -> None:
        """Run every stage. `python` stands for the base image's. Raises RuntimeError with what a step printed."""
        subprocess.run([python, "-m", "venv", str(self.base)], check=True, timeout=SECONDS)
        for stage in dockerfile.stages():
            if self.root.exists():
                self.root.rename(self.folder / "build")
            (self.root / "tmp").mkdir(parents=True)
            (self.root / "tmp").chmod(0o1777)
            self.environ, self.workdir = {"PATH": f"{self.base}/bin:{os.environ['PATH']}"}, self.root
            for step in stage.steps:
                self._do(step, stage)

    def path(self, path: str) -> Path:
        """Where a path of the image is on this machine."""
        return self.root / path.lstrip("/") if path.startswith("/") else self.workdir / path

    def localized(self, text: str) -> str:
        """A command or value whose paths lead below the scratch folder."""
        return IMAGE_PATH.sub(f"{self.root}/", text)

    def run(
        self, command: list[str], settings: Mapping[str, str], port: int, user: int | None, **options: object
    ) -> subprocess.Popen[str]:
        """Start a command as the image would: its environment, its folder, its user; 8000 is replaced by `port`."""
        words = [self.localized(word).replace("8000", str(port)) for word in command]
        environ = {**machine_environ(), **self.environ, **settings}
        if user is not None:
            options |= {"user": user, "group": user, "extra_groups": []}
        return subprocess.Popen(words, cwd=self.workdir, env=environ, text=True, start_new_session=True, **options)  # type: ignore[call-overload,no-any-return]

    def _do(self, step: Step, stage: Stage) -> None:
        if step.word == "ENV":
            for name, value in (word.split("=", 1) for word in step.words):
                self.environ[name] = self.localized(value).replace("$PATH", self.environ["PATH"])
        elif step.word == "WORKDIR":
            self.workdir = self.path(step.text)
            self.workdir.mkdir(parents=True, exist_ok=True)
        elif step.word == "COPY":
            self._copy(step)
        elif step.word == "RUN":
            self._run(step, stage)

    def _run(self, step: Step, stage: Stage) -> None:
        environ = {**machine_environ(), **pip_settings(), **self.environ}
        if stage.name == "final":
            # The base image's own library is compiled there; this machine's own is left alone.
            environ["PYTHONPYCACHEPREFIX"] = str(self.folder / "bytecode")
        command = ["/bin/sh", "-c", self.localized(step.text)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(command, cwd=self.workdir, env=environ, timeout=SECONDS, **pipes)  # type: ignore[call-overload]
        if done.returncode:
            raise RuntimeError(f"RUN {step.text}\n{done.stdout}")

    def _copy(self, step: Step) -> None:
        *sources, target = step.words
        into = self.path(target)
        for source in sources:
            if step.options.get("from"):
                _copy_tree(self.folder / "build" / source.lstrip("/"), into)
                continue
            for file in dockerfile.context():
                if file == Path(source) or file.is_relative_to(source):
                    inside = file.name if file == Path(source) else file.relative_to(source)
                    (into / inside).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(ROOT / file, into / inside)
        if owner := step.options.get("chown"):
            _give(into, *map(int, owner.split(":")))


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)


def _give(path: Path, user: int, group: int) -> None:
    if os.geteuid() == 0:
        os.chown(path, user, group)


def pip_settings() -> dict[str, str]:
    """How this machine reaches its package index."""
    wanted = ("PIP_", "SSL_", "HTTP", "http", "NO_PROXY", "no_proxy", "REQUESTS_")
    return {name: value for name, value in os.environ.items() if name.startswith(wanted)}


def reachable_python(user: int | None) -> str | None:
    """A Python 3.11 or newer that can make virtual environments and that this user may start, or None."""
    ask = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    names = ("python3", "python3.11", "python3.12", "python3.13", "python3.14")
    candidates = [
        sys._base_executable,
        *(f"{folder}/{name}" for folder in ("/usr/bin", "/usr/local/bin") for name in names),
    ]  # type: ignore[attr-defined]
    as_user = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    for candidate in candidates:
        try:
            done = subprocess.run([candidate, "-c", ask], cwd="/", capture_output=True, timeout=60, **as_user)  # type: ignore[call-overload]
        except OSError:
            continue
        if done.returncode == 0:
            return str(candidate)
    return None
