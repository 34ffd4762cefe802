"""The outbox: everything deferred is a row written in the same transaction as its cause.

`enqueue` adds a row, `perform` runs one, `run_due` drains what is due; `relay` rings RQ workers when there is Redis.
Redis is only the doorbell: losing it loses nothing.
"""

from app.jobs.leases import each_part, progress, renew
from app.jobs.outbox import enqueue, run_all, run_due, sheet_of
from app.jobs.perform import Later, LostLease, Permanent
from app.jobs.retries import Retry
from app.jobs.tasks import Context, LocalTask, Task, VendorTask, register, title_of

__all__ = [
    "Context",
    "Later",
    "LocalTask",
    "LostLease",
    "Permanent",
    "Retry",
    "Task",
    "VendorTask",
    "each_part",
    "enqueue",
    "progress",
    "register",
    "renew",
    "run_all",
    "run_due",
    "sheet_of",
    "title_of",
]
