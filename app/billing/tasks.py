"""Work on services that the queue and the calendar ask for."""

from __future__ import annotations

import uuid

from app import clock
from app.billing import registry, service
from app.billing.service import switching
from app.billing.service.cutting import carry_out
from app.billing.service.switching import Ready
from app.jobs import Context, Later, Retry, Task, VendorTask

DAYS_OF_TRYING = 3


def _prepare(context: Context) -> Ready | None:
    try:
        return switching.begin(context.business, uuid.UUID(context.args["action_id"]), now=context.now)
    except switching.StillCalling as error:
        raise Later(2, "Something else is being done with this service.") from error


def _call(ready: Ready) -> str:
    driver = registry.driver_for(ready.reach)
    done = {"suspend": driver.suspend, "throttle": driver.throttle, "restore": driver.restore}[ready.verb]
    return done(ready.user)


def _record(context: Context, ready: Ready, answer: str) -> None:
    switching.record_done(context.business, ready, answer, now=clock.now())


def _failed(context: Context, ready: Ready | None, error: Exception, final: bool) -> None:
    switching.record_failed(context.business, ready, error, final, now=clock.now())


def _reactivate(context: Context) -> None:
    service.reactivate(context.business, uuid.UUID(context.args["client_id"]), now=context.now)


def _cut(context: Context) -> None:
    carry_out(context.business, uuid.UUID(context.args["batch_id"]), context.now)


TASKS: dict[str, Task] = {
    "billing.service": VendorTask(
        _prepare,
        _call,
        _record,
        _failed,
        retry=Retry(longest=15 * 60, give_up_after=DAYS_OF_TRYING * 86400),
        tells=True,
    ),
    "billing.reactivate": _reactivate,
    "billing.cut": _cut,
}
