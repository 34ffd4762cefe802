"""Web servers under measurement: the application with the command of its container, and a bare one beside it."""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from benchmarks.processes import cpu_seconds, memory_mb
from benchmarks.settings import ROOT, SITE, THREADS

START_SECONDS = 300
STOP_SECONDS = 15
APPLICATION = "wsgi:app"
BARE = "benchmarks.bare:app"


def command(port: int, target: str) -> list[str]:
    """How the server is started: as in the Dockerfile, on this machine's own address."""
    options = f"--interface wsgi --host 127.0.0.1 --port {port} --no-ws --blocking-threads {THREADS}"
    options += f" --workers-kill-timeout 20 --log-level warning {target}"
    return [sys.executable, "-m", "granian", *options.split()]


class Server:
    """One running server, from `with` to its end."""

    def __init__(self, target: str, environ: Mapping[str, str], log: Path) -> None:
        self.port = _free_port()
        self._command = command(self.port, target)
        self._environ, self._log = dict(environ), log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, env=self._environ, stdout=log, stderr=log)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process
        left = psutil.Process(self._process.pid).children(recursive=True) if self._process.poll() is None else []
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """The process id of the server's first process."""
        assert self._process
        return self._process.pid

    def wait(self) -> None:
        """Until it answers. Raises RuntimeError with its log when it ends or takes five minutes."""
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start:\n" + self._log.read_text())
            time.sleep(0.05)

    def cpu(self) -> float:
        """Processor seconds of all its processes."""
        return cpu_seconds(self.pid)

    def memory(self) -> dict[str, float]:
        """Memory of the process that answers requests."""
        workers = psutil.Process(self.pid).children()
        return memory_mb(workers[0].pid if workers else self.pid)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health/", headers={"Host": SITE})
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
