"""Workers with little patience that can be killed with everything they started."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

from tests.faults.mortal import MortalProgram


class Worker(MortalProgram):
    """A worker with little patience, and everything it started."""

    def __init__(self, number: int, environ: dict[str, str], folder: Path) -> None:
        self.taken = folder / f"taken-{number}"
        self.taken.touch()
        more = {"TAKEN": str(self.taken)}
        super().__init__("worker", ["-m", "tests.faults.hasty"], environ | more, folder / f"worker-{number}.log")

    def kill(self) -> None:
        """kill -9 of the worker, its relay, and whoever runs a job or draws, which have groups of their own."""
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        super().kill()

    def kill_relay(self) -> None:
        """kill -9 of the relay beside it, if it has started one by now."""
        for process in self._family():
            with contextlib.suppress(psutil.NoSuchProcess):
                if "--relay" in process.cmdline():
                    process.kill()

    def _family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._process.pid).children(recursive=True) if self._process else []
        except psutil.NoSuchProcess:
            return []
