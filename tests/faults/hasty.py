"""`python worker.py` with little patience, so that a test need not wait as long as people can.

Leases, rings and retries end after seconds, and a text that Twilio knows nothing of is sent again after a few more.
A lease still is long enough for a PDF to be drawn on a busy machine.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import worker
from app.jobs import outbox, relay, ringing
from app.messages import tasks
from app.messages.service import breaker

LEASE, RING, RETRY, SETTLED = 12, 2, 1, 15


def hurry() -> None:
    """Shorten every wait; nothing else is different."""
    outbox.LEASE = timedelta(seconds=LEASE)
    ringing.RING_LEASE = RING
    relay.GIVE_UP_ON_REDIS_AFTER = 3.0
    tasks.SETTLED_AFTER = timedelta(seconds=SETTLED)
    breaker.PAUSE = timedelta(seconds=1)
    deliver = tasks.TASKS["messages.deliver"]
    tasks.TASKS["messages.deliver"] = replace(deliver, retry=replace(deliver.retry, longest=RETRY))


if __name__ == "__main__":
    hurry()
    # The relay beside the worker is this program, too.
    worker.__file__ = __file__
    sys.exit(worker.main(sys.argv[1:]))
