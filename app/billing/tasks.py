"""Work on services that the queue and the calendar ask for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from app import clock
from app.billing import registry, service
from app.billing.drivers.base import Status
from app.billing.drivers.errors import CannotList
from app.billing.rules.heard import in_words
from app.billing.service import comparing, controlling, ordering, routers, switching
from app.billing.service.comparing import Asked
from app.billing.service.cutting import carry_out
from app.billing.service.switching import Ready
from app.jobs import Context, Later, Retry, Task, VendorTask
from app.jobs.schedule import Every

DAYS_OF_TRYING = 3


def _prepare(context: Context) -> Ready | None:
    try:
        return switching.begin(context.business, uuid.UUID(context.args["action_id"]), now=context.now)
    except switching.StillCalling as error:
        raise Later(2, "Something else is being done with this service.") from error
    except switching.Resting as error:
        raise Later(switching.REST.total_seconds(), f"Its router cannot be used: {error}") from error


def _call(ready: Ready) -> str:
    driver = registry.driver_for(ready.reach)
    done = {"suspend": driver.suspend, "throttle": driver.throttle, "restore": driver.restore}[ready.verb]
    return done(ready.user)


def _record(context: Context, ready: Ready, answer: str) -> None:
    switching.record_done(context.business, ready, answer, now=clock.now())


def _failed(context: Context, ready: Ready | None, error: Exception, final: bool) -> None:
    switching.record_failed(context.business, ready, error, final, now=clock.now())


def _reactivate(context: Context) -> None:
    if "client_id" in context.args:
        service.reactivate(context.business, uuid.UUID(context.args["client_id"]), now=context.now)
    else:
        controlling.plan_reactivations(context.business, now=context.now)


def _cut(context: Context) -> None:
    carry_out(context.business, uuid.UUID(context.args["batch_id"]), context.now)


def _reactivate_all(context: Context) -> None:
    controlling.reactivate_all()


def _follow(context: Context) -> None:
    after, batch_id = (uuid.UUID(said) if (said := context.args.get(name)) else None for name in ("after", "batch_id"))
    ordering.follow_days(context.business, after, now=context.now, batch_id=batch_id)


def _follow_all(context: Context) -> None:
    ordering.follow_all(context.now)


def _begin_comparing(context: Context) -> None:
    comparing.begin_comparing(context.now)


def _prepare_comparison(context: Context) -> Asked | None:
    return comparing.prepare_comparison(context.business, uuid.UUID(context.args["router_id"]))


def _compare(asked: Asked) -> Mapping[str, Status]:
    return registry.driver_for(asked.reach).list_states(asked.users)


def _record_comparison(context: Context, asked: Asked, found: Mapping[str, Status]) -> None:
    comparing.record_comparison(context.business, asked, found, now=clock.now())


def _not_compared(context: Context, asked: Asked | None, error: Exception, final: bool) -> None:
    router_id, now = uuid.UUID(context.args["router_id"]), clock.now()
    comparing.record_no_comparison(context.business, router_id, in_words(error), now=now)
    if not isinstance(error, CannotList):
        switching.note_trouble(context.business, router_id, in_words(error), now=now)


def _try(asked: Asked) -> str:
    return registry.driver_for(asked.reach).test()


def _record_try(context: Context, asked: Asked, said: str) -> None:
    routers.record_try(context.business, asked.router_id, said, now=clock.now())
    switching.note_seen(context.business, asked.router_id, now=clock.now())


def _try_failed(context: Context, asked: Asked | None, error: Exception, final: bool) -> None:
    router_id, now = uuid.UUID(context.args["router_id"]), clock.now()
    routers.record_try(context.business, router_id, in_words(error), now=now)
    switching.note_trouble(context.business, router_id, in_words(error), now=now)


ONCE = Retry(times=1)
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
    "billing.reactivate_all": _reactivate_all,
    "billing.follow": _follow,
    "billing.follow_all": _follow_all,
    "billing.compare": _begin_comparing,
    "billing.compare_router": VendorTask(
        _prepare_comparison, _compare, _record_comparison, _not_compared, retry=ONCE, tells=True
    ),
    "billing.try_router": VendorTask(_prepare_comparison, _try, _record_try, _try_failed, retry=ONCE, tells=True),
}
PERIODIC = {name: Every(3600) for name in ("billing.compare", "billing.follow_all", "billing.reactivate_all")}
