"""Background work. `python worker.py` runs jobs (RQ with Redis, embedded without); `--scheduler` only inserts rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

from app import create_app
from app.jobs import relay, schedule


def main(arguments: list[str]) -> int:
    """Run until a signal says stop; returns the exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = create_app()
    redis_url = app.config["DUELY"].redis_url
    with app.app_context():
        if "--scheduler" in arguments:
            while not stop.wait(1):
                relay.survive(schedule.insert_due)
        elif not redis_url:
            relay.run_embedded(stop.is_set)
        elif "--relay" in arguments:
            parent = os.getppid()
            relay.run_relay(lambda: stop.is_set() or os.getppid() != parent)
        else:
            beside = subprocess.Popen([sys.executable, __file__, "--relay"])  # noqa: S603  (our own file)
            try:
                relay.run_rq_worker(redis_url, stop.is_set)
            finally:
                beside.terminate()
                beside.wait(10)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
