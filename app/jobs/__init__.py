"""The outbox: everything deferred is a row written in the same transaction as its cause.

`enqueue` adds a row, `perform` runs one, `run_due` drains what is due; `relay` rings RQ workers when there is Redis.
Redis is only the doorbell: losing it loses nothing.
"""

from app.jobs.outbox import Context, Task, VendorTask, enqueue, register, run_all, run_due
from app.jobs.perform import LostLease, Permanent

__all__ = ["Context", "LostLease", "Permanent", "Task", "VendorTask", "enqueue", "register", "run_all", "run_due"]
