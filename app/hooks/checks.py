"""What must hold of webhooks, as `flask audit` asks: whatever waits is going to be told, and nothing is left over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, select

from app.extensions import db
from app.hooks.models import Delivery, Endpoint, HookEvent
from app.jobs.models import Job
from app.statements import BUSINESS, built

FORGOTTEN_AFTER = timedelta(hours=1)
_GOES_ON = ("ready", "rung", "running", "parked")
_EVENT = and_(HookEvent.business_id == Delivery.business_id, HookEvent.id == Delivery.event_id)
_ENDPOINT = and_(Endpoint.business_id == Delivery.business_id, Endpoint.id == Delivery.endpoint_id)
_WAITING = built(
    select(Delivery.id, Delivery.round, Delivery.created_at)
    .where(Delivery.business_id == BUSINESS, Delivery.state == "waiting")
    .where(Delivery.created_at < bindparam("before", type_=Delivery.created_at.type))
    .order_by(Delivery.id)
)
_WORK = built(select(Job.key).where(Job.business_id == BUSINESS, Job.task == "hooks.deliver", Job.state.in_(_GOES_ON)))
_WITHOUT_ENDPOINT = built(
    select(Delivery.id)
    .where(Delivery.business_id == BUSINESS, ~(exists().where(_ENDPOINT) & exists().where(_EVENT)))
    .order_by(Delivery.id)
)
_TOLD_TO_NOBODY = built(
    select(HookEvent.id, HookEvent.type)
    .where(HookEvent.business_id == BUSINESS, ~exists().where(_EVENT))
    .order_by(HookEvent.id)
)


def nothing_waits_untold(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """Each delivery that waits has work that will tell it, or that gave up and waits for a person."""
    waiting = db.session.execute(_WAITING, {"business_id": business_id, "before": now - FORGOTTEN_AFTER}).all()
    if not waiting:
        return
    served = set(db.session.scalars(_WORK, {"business_id": business_id}))
    for row in waiting:
        if f"hooks.deliver:{row.id}:{row.round}" not in served:
            yield f"The delivery {row.id} of a webhook waits, and nothing will tell it: send it again."


def everything_is_somebodys(business_id: uuid.UUID, now: datetime) -> Iterator[str]:
    """No delivery is without its webhook or its event, and no event without somebody who was to be told."""
    for delivery_id in db.session.scalars(_WITHOUT_ENDPOINT, {"business_id": business_id}):
        yield f"The delivery {delivery_id} belongs to no webhook or tells of no event."
    for row in db.session.execute(_TOLD_TO_NOBODY, {"business_id": business_id}):
        yield f"The event {row.id} ({row.type}) is to be told to no webhook."


CHECKS = (nothing_waits_untold, everything_is_somebodys)
