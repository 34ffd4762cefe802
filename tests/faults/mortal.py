"""Web server, worker and PostgreSQL as processes of their own that can be killed with -9 and started again."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import psutil

from tests.support.live import ROOT, free_port, machine_environ
from tests.support.postgres import Postgres, prepare

PATIENCE = 60
# A commit that was answered is in the operating system's hands and survives any death of PostgreSQL; only a power cut
# would take it, and there is none.
SETTINGS = """
fsync = off
synchronous_commit = on
full_page_writes = off
max_connections = 100
shared_buffers = 64MB
lc_messages = 'C'
"""


class Mortal(Protocol):
    """Something that is killed and comes back."""

    name: str

    def start(self) -> None: ...
    def kill(self) -> None: ...


class MortalPostgres:
    """A PostgreSQL that keeps what it said it had stored, whenever it is killed."""

    name = "PostgreSQL"

    def __init__(self, run_folder: Path) -> None:
        self._server: Any = prepare(run_folder, run_folder / f"mortal-{uuid.uuid4().hex[:8]}", SETTINGS)
        self._family: list[psutil.Process] = []

    def start(self) -> None:
        """Start it; right after a death the memory of the one before may still be held for a moment."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._server.start()
                return
            except (subprocess.SubprocessError, AssertionError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def create(self, database: str) -> str:
        """A database, and its address, which stays the same from one life to the next."""
        return Postgres(self._server.get_postmaster_info().socket_dir).create(database)

    def kill(self) -> None:
        """kill -9 of all its processes."""
        first = psutil.Process(self._server.get_postmaster_info().pid)
        family = [first, *first.children()]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=60)

    def stop(self) -> None:
        """The end of the last life."""
        with contextlib.suppress(psutil.NoSuchProcess, subprocess.SubprocessError):
            self._server.stop()


class MortalProgram:
    """A program of ours with everything it starts."""

    def __init__(self, name: str, command: list[str], environ: Mapping[str, str], log: Path) -> None:
        self.name, self.log = name, log
        self._command, self._environ = command, {**machine_environ(), **environ}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting for it to be ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._command],
                cwd=ROOT,
                env=self._environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """kill -9 of it and of what it started, which is its process group."""
        if self._process is None:
            return
        group = self._process.pid
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        self._process.wait(60)
        wait_for(lambda: not _alive(group), f"the end of {self.name}")
        self._process = None

    def wait(self) -> int:
        """Let it come to its own end; returns its exit status."""
        assert self._process
        return self._process.wait(PATIENCE)


class MortalWeb(MortalProgram):
    """The web server as the container starts it, with one worker."""

    def __init__(self, environ: Mapping[str, str], log: Path, app: str = "wsgi:app") -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        options = f"--interface wsgi --host 127.0.0.1 --port {self.port} --no-ws --workers 1 --blocking-threads 8"
        command = ["-m", "granian", *options.split(), "--log-level", "warning", app]
        super().__init__("web", command, {**environ, "SITE_URL": self.url, "PYTHONFAULTHANDLER": "1"}, log)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready/", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _alive(group: int) -> bool:
    """Whether a process of the group still holds what it had open, its port for one."""
    for process in psutil.process_iter():
        with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False


def wait_for(happened: Callable[[], bool], what: str) -> None:
    """Look again and again; fails when it does not happen in a minute."""
    until = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < until, f"{what} did not happen"
        time.sleep(0.05)
