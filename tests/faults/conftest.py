"""Things that break: workers are killed, databases and Redis go away and come back."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.jobs.outbox import register
from config import Config
from tests.integration.frame import chores
from tests.support.live import machine_environ

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds, on however busy a machine


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application with its context open and a few chores to run."""
    made = make_app()
    with made.app_context():
        register(chores.TASKS)
        yield made


class Program:
    """A program of ours in a process of its own, over the data of an application under test."""

    def __init__(self, app: Flask, log: Path) -> None:
        config: Config = app.config["DUELY"]
        self.log = log
        self.environ = machine_environ() | {
            "APP_ENV": "development",
            "SECRET_KEY": config.secret_key,
            "ENCRYPTION_KEYS": ",".join(config.encryption_keys),
            "DATABASE_URL": config.database_url,
            "INSTANCE_DIR": str(config.instance_dir),
            "REDIS_URL": config.redis_url,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *command: str) -> None:
        """Run `python <command>`."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        """kill -9."""
        if self.process and self.process.poll() is None:
            self.process.kill()
        if self.process:
            self.process.wait(60)

    def stop(self) -> int:
        """Ask it to end and wait; returns its exit status."""
        assert self.process
        self.process.terminate()
        return self.process.wait(PATIENCE)


@pytest.fixture
def program(app: Flask, tmp_path: Path) -> Iterator[Program]:
    """A program that is killed at the end if it still runs."""
    made = Program(app, tmp_path / "program.log")
    yield made
    made.kill()


def wait_until(happened: Callable[[], object], program: Program | None = None) -> None:
    """Look every few milliseconds; fails with the program's log when it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail("it did not happen" + (":\n" + program.log.read_text()[-3000:] if program else ""))
        time.sleep(0.02)
