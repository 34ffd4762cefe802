"""The application as it ships: the launcher, the web server and the job runner as processes of their own."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 300
STOP_SECONDS = 60


class LiveServer:
    """One running installation: where it answers, where its data is, and what it wrote to its log."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.port = int(settings.get("PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.instance = folder / "instance"
        self.instance.mkdir(parents=True)
        self.log = folder / "log"
        self.environ = {**machine_environ(), **fresh_settings(), "INSTANCE_DIR": str(self.instance)}
        self.environ |= {"PORT": str(self.port), "SITE_URL": self.url, **settings}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Start it and wait until /health/ answers. Raises RuntimeError with the log when it does not."""
        command = [sys.executable, "-m", "deploy.dev_run", "--no-install", *arguments]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("the application did not start:\n" + self.log.read_text())
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to stop, as Ctrl-C does, and return its exit status; killed when it takes over a minute."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(STOP_SECONDS)
        self.process.kill()
        return self.process.wait(STOP_SECONDS)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def free_port() -> int:
    """A port of this machine that nobody listens on right now.

    It is none of those that the machine gives to connections going out: a server that is killed and started again
    finds it free.
    """
    while True:
        port = secrets.choice(range(10_000, 32_000))
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def machine_environ() -> dict[str, str]:
    """What a program needs from the machine, without a single setting of ours."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}


def fresh_settings() -> dict[str, str]:
    """The settings that `make run` would write, with secrets of their own."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    return {"APP_ENV": "development", "SECRET_KEY": secrets.token_hex(32), "ENCRYPTION_KEYS": key}


@pytest.fixture(scope="module")
def live_settings() -> dict[str, str]:
    """Settings for `live_server`; a test module overrides this fixture to change them."""
    return {}


@pytest.fixture(scope="module")
def start_live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., LiveServer]]:
    """Starts installations, each with its own data; keywords are settings (`SIGNUP="closed"`)."""
    started: list[LiveServer] = []

    def start(*arguments: str, **settings: str) -> LiveServer:
        started.append(LiveServer(tmp_path_factory.mktemp("live"), settings))
        started[-1].start(*arguments)
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def live_server(start_live: Callable[..., LiveServer], live_settings: dict[str, str]) -> LiveServer:
    """One running installation for all tests of a module: SQLite, embedded job runner, no account, no demo data."""
    return start_live("--no-seed", **live_settings)
