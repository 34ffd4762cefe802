"""`python worker.py` with little patience, so that a test need not wait as long as people can.

Rings and retries end after seconds. Leases, and what is held to be unknown of a text, are long enough for a busy
machine: the file `TAKEN` has what this worker took, so that whoever kills it can let that time pass at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import worker
from app.jobs import crew, outbox, perform, relay, ringing
from app.jobs.outbox import Taken
from app.messages import tasks
from app.messages.service import breaker

LEASE, RING, RETRY, SETTLED = 60, 2, 1, 90


def noted(run: Callable[[Taken], bool]) -> Callable[[Taken], bool]:
    """Running a job, after its id and the number of the attempt were written down."""

    def note_and_run(taken: Taken) -> bool:
        with Path(os.environ["TAKEN"]).open("a") as file:
            file.write(f"{taken.id} {taken.attempts}\n")
        return run(taken)

    return note_and_run


def hurry() -> None:
    """Shorten every wait; nothing else is different."""
    outbox.LEASE = timedelta(seconds=LEASE)
    ringing.RING_LEASE = RING
    relay.GIVE_UP_ON_REDIS_AFTER = 3.0
    tasks.SETTLED_AFTER = timedelta(seconds=SETTLED)
    breaker.PAUSE = timedelta(seconds=1)
    perform.run = crew.run = noted(perform.run)
    deliver = tasks.TASKS["messages.deliver"]
    tasks.TASKS["messages.deliver"] = replace(deliver, retry=replace(deliver.retry, longest=RETRY))


if __name__ == "__main__":
    hurry()
    # The relay beside the worker is this program, too.
    worker.__file__ = __file__
    sys.exit(worker.main(sys.argv[1:]))
