"""Background work. `python worker.py` runs jobs (RQ with Redis, embedded without); `--scheduler` only inserts rows."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading

gc.disable()  # Nothing is garbage while a program is being read: looking for it took a fifth of each start.

import structlog  # noqa: E402

from app import create_app  # noqa: E402
from app.extensions import db  # noqa: E402
from app.health import probes  # noqa: E402
from app.jobs import relay, schedule  # noqa: E402

RELAY_STOP_SECONDS = 10

log = structlog.get_logger("duely.worker")


def main(arguments: list[str]) -> int:
    """Run until a signal says stop; returns the exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = create_app()
    # Nor is any of it later, here or in the processes that are forked for each job.
    gc.freeze()
    gc.enable()
    redis_url = app.config["DUELY"].redis_url
    with app.app_context():
        wait_for_schema(stop)
        if "--scheduler" in arguments:
            while not stop.wait(1):
                relay.survive(schedule.insert_due)
        elif not redis_url:
            relay.run_embedded(stop.is_set)
        elif "--relay" in arguments:
            parent = os.getppid()
            relay.run_relay(lambda: stop.is_set() or os.getppid() != parent)
        elif not stop.is_set():
            ring_and_work(redis_url, stop)
    return 0


def wait_for_schema(stop: threading.Event) -> None:
    """Wait for a database that has every migration of this program: often everything is started at once."""
    while not stop.is_set() and not relay.survive(schema_is_there):
        stop.wait(1)
    # A worker forks, and a connection must not have two owners.
    db.engine.dispose()


def schema_is_there() -> bool:
    """Ask the database, and say so in the log when it is not."""
    there = bool(probes.database()["migrated"])
    if not there:
        log.warning("worker.waits_for_migration")
    return there


def ring_and_work(redis_url: str, stop: threading.Event) -> None:
    """Serve the queue with a relay beside it."""
    ending = threading.Event()
    beside = threading.Thread(target=keep_relay, args=(ending,))
    beside.start()
    try:
        relay.run_rq_worker(redis_url, stop.is_set)
    finally:
        ending.set()
        beside.join()


def keep_relay(ending: threading.Event) -> None:
    """Keep one relay running until told to end; without it the worker would wait for bells that nobody rings."""
    while not ending.is_set():
        child = subprocess.Popen([sys.executable, __file__, "--relay"])  # noqa: S603  (our own file)
        while child.poll() is None and not ending.wait(0.5):
            pass
        if child.poll() is not None:
            log.warning("worker.relay_ended", status=child.returncode)
            ending.wait(1)
            continue
        child.terminate()
        try:
            child.wait(RELAY_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
