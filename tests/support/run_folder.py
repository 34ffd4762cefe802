"""One private folder per test run, where its servers live; the process that began the run cleans up.

It is not pytest's own temporary folder: a socket's path must be short, PostgreSQL refuses to run as root and its
other user must be able to walk in, and pytest shuts its folders for everybody else.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

PREFIX = "duely-tests-"
FOLDER = pytest.StashKey[Path]()


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest) -> Path:
    """The folder that all processes of this test run share."""
    return request.config.stash[FOLDER]


@contextlib.contextmanager
def one_at_a_time(folder: Path, name: str) -> Iterator[None]:
    """Keep the other processes of this run waiting while something is made once for all."""
    with (folder / f"{name}.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def pytest_configure(config: pytest.Config) -> None:
    workerinput = getattr(config, "workerinput", None)
    if workerinput:
        config.stash[FOLDER] = Path(workerinput["run_folder"])
        return
    remove_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    config.stash[FOLDER] = folder


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker of pytest-xdist where the folder is."""
    node.workerinput["run_folder"] = str(node.config.stash[FOLDER])  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and FOLDER in config.stash:
        remove(config.stash[FOLDER])


def remove_abandoned(parent: Path) -> None:
    """Clean up after runs that were killed: their folder carries the number of a process that has gone."""
    for folder in parent.glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)) and os.access(folder, os.W_OK):
            remove(folder)


def remove(folder: Path) -> None:
    """Stop the servers that wrote their process number into this folder, then delete it."""
    for file in (*folder.glob("*/postmaster.pid"), *folder.glob("*/redis.pid")):
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int(file.read_text().splitlines()[0]))
            if any(str(folder) in word for word in process.cmdline()):
                stop(process)
    shutil.rmtree(folder, ignore_errors=True)


def stop(process: psutil.Process) -> None:
    """End a database server at once: its data is about to be deleted anyway."""
    # PostgreSQL's "immediate shutdown", which also ends its children; Redis obeys SIGQUIT as well.
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(30)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(30)
