"""What the queue and the calendar ask of billing: the runs of a day, piece by piece."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from app.billing.service import run_posting, run_reversing, run_sending, running
from app.billing.service.renaming import take_over_names
from app.billing.service.run_steps import is_next
from app.jobs import Context, Task
from app.jobs.daily import Daily


def _daily(context: Context) -> None:
    take_over_names(context.business, context.now)
    running.begin_day(context.business, context.now)


def _step(do: Callable[..., Any]) -> Task:
    """One piece of a step of a run, unless somebody else did that piece meanwhile."""

    def run(context: Context) -> None:
        run_id = uuid.UUID(str(context.args["run_id"]))
        if is_next(context.business, run_id, int(context.args["round"])):
            do(context.business, run_id, now=context.now)

    return run


TASKS: dict[str, Task] = {
    "billing.daily": _daily,
    "billing.plan": _step(running.plan_next),
    "billing.approve": _step(running.approve_by_itself),
    "billing.post": _step(run_posting.post_next),
    "billing.send": _step(run_sending.send_next),
    "billing.reverse": _step(run_reversing.reverse_next),
}
PERIODIC = {"billing.daily": Daily()}
