"""Telling endpoints, as the queue asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app import clock
from app.billing import registry
from app.billing.drivers.errors import DriverError
from app.billing.drivers.webhook import post
from app.errors import DuelyError, Unavailable
from app.hooks import service
from app.hooks.rules import signature
from app.hooks.service import Ready
from app.jobs import Context, Retry, Task, VendorTask
from app.jobs.perform import OUR_FAULT
from app.jobs.schedule import Every

DAYS_OF_TRYING = 3


class NotTaken(Unavailable):
    """The receiver did not take it."""

    def __init__(self, status: int) -> None:
        """`status` is what it answered."""
        told = "a redirect, and these are not followed" if 300 <= status < 400 else "which is no success"
        super().__init__(f"The receiver answered {status}, {told}.")
        self.answered = status


class NotReached(Unavailable):
    """The receiver cannot be reached."""

    permanent = False
    """A certificate that ran out, or a name that points elsewhere for an hour: whoever mends it loses nothing."""


def _prepare(context: Context) -> Ready | None:
    args = context.args
    return service.begin(context.business, uuid.UUID(args["delivery_id"]), int(args["round"]), context.now)


def _call(ready: Ready) -> tuple[int, str]:
    headers = {
        "Duely-Signature": signature(ready.secrets, int(clock.now().timestamp()), ready.body),
        "Duely-Event": ready.type,
        "Duely-Delivery": str(ready.delivery_id),
    }
    try:
        status, raw = post(registry.connection_to(ready.url), ready.body, headers)
    except DriverError as error:
        raise NotReached(str(error)) from error
    if not 200 <= status < 300:
        raise NotTaken(status)
    return status, "".join(one for one in raw[:300].decode("utf-8", "replace") if one.isprintable() or one == "\n")


def _record(context: Context, ready: Ready, outcome: tuple[int, str]) -> None:
    service.record_told(context.business, ready, *outcome, clock.now())


def _failed(context: Context, ready: Ready | None, error: Exception, final: bool) -> None:
    why = str(error) if isinstance(error, DuelyError) else OUR_FAULT
    if ready is not None:
        status = getattr(error, "answered", None)
        service.record_not_told(context.business, ready, status, why, final, clock.now())
    elif final:
        _give_up(context.business, context.args, "failed", why)


def _discarded(business_id: uuid.UUID, args: Mapping[str, Any]) -> None:
    _give_up(business_id, args, "dropped", "The work that was to tell it gave up and was discarded.")


def _give_up(business_id: uuid.UUID, args: Mapping[str, Any], state: str, why: str) -> None:
    service.give_up(business_id, uuid.UUID(args["delivery_id"]), int(args["round"]), state, why)


def _clean_up(context: Context) -> None:
    service.clean_up(context.now)


TASKS: dict[str, Task] = {
    "hooks.deliver": VendorTask(
        prepare=_prepare,
        call=_call,
        record=_record,
        failed=_failed,
        discarded=_discarded,
        retry=Retry(longest=6 * 3600, give_up_after=DAYS_OF_TRYING * 86400),
        tells=True,
    ),
    "hooks.clean_up": _clean_up,
}
PERIODIC = {"hooks.clean_up": Every(3600)}
