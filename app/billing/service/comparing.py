"""Comparing how services stand on a router with what billing says, and having the router follow billing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from app import clock, jobs
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.drivers.base import Status, User
from app.billing.models import Router, ServiceDifference, ServiceRecord
from app.billing.registry import Reach, reach, user_of
from app.billing.rules.control import Difference, differences
from app.billing.rules.heard import LONGEST_NAME, storable
from app.billing.service.records import switch_again
from app.billing.service.switching import note_seen
from app.database import locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db

MOST_KEPT = 1000
"""Differences that are kept of one router: more of them are one trouble, not a thousand."""
AGREES = "Everything agrees."
MENDING = "being repaired."
"""How what is said of a comparison ends since something of it was repaired, until the router is compared again."""


SAID = {"active": "on", "throttled": "slow", "suspended": "off"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A router and everybody who is on it by our books."""

    router_id: uuid.UUID
    reach: Reach
    users: tuple[User, ...]


@transactional
def begin_comparing(now: datetime) -> None:
    """Plan one comparison for every router of every business, at most one of each in an hour."""
    hour = int(now.timestamp()) // 3600
    query = select(Router.business_id, Router.id).where(Router.archived_at.is_(None)).order_by(Router.business_id)
    for business_id, router_id in db.session.execute(query).all():
        _plan(business_id, router_id, f"{hour}")


@transactional
def compare_now(actor: Actor, router_id: uuid.UUID) -> None:
    """Have a router compared by a job, beside the hourly times. Raises NotFound."""
    actor.require("staff")
    row = queries.get_router(actor.business_id, router_id)
    _plan(row.business_id, row.id, f"{new_id()}")


@transactional
def prepare_comparison(business_id: uuid.UUID, router_id: uuid.UUID) -> Asked | None:
    """What a router is asked with; None for one that is put away."""
    row = db.session.get(Router, (business_id, router_id))
    if row is None or row.archived_at is not None:
        return None
    return Asked(row.id, reach(row), tuple(map(user_of, queries.records_on(business_id, router_id))))


@transactional
def record_comparison(
    business_id: uuid.UUID, asked: Asked, found: Mapping[str, Status], *, now: datetime
) -> list[Difference]:
    """Keep how everybody stands, and what differs from billing as it is now.

    What is on its way to the router at this moment is no difference.
    """
    row = locked(Router, business_id, asked.router_id)
    if row is None:
        return []
    records = queries.records_on(business_id, row.id)
    today = clock.day_in(now, get_business(business_id).timezone)
    states = queries.wanted_states(business_id, [one.subscription_id for one in records], today)
    moving = queries.on_their_way(business_id, [one.subscription_id for one in records])
    _note_states(records, found, now)
    billed = {one.username: (one.id, states[one.subscription_id]) for one in records}
    still = {one.username for one in records if one.subscription_id in moving}
    told = [one for one in differences(billed, {name: one.state for name, one in found.items()})
            if one.username not in still]  # fmt: skip
    _keep(business_id, row.id, told[:MOST_KEPT], now)
    count = len(told)
    row.compared = _counted(count) if count else AGREES
    row.compared_at = now
    note_seen(business_id, row.id, now=now)
    return told


@transactional
def record_no_comparison(business_id: uuid.UUID, router_id: uuid.UUID, said: str, *, now: datetime) -> None:
    """A router was not compared: what is known about it stays as it is."""
    row = locked(Router, business_id, router_id)
    if row is not None:
        row.compared = storable(said)


@transactional
def repair(actor: Actor, difference_id: uuid.UUID, *, now: datetime) -> None:
    """Have the router follow billing for one service. Raises NotFound, also for what no router can mend."""
    actor.require("staff")
    found = db.session.get(ServiceDifference, (actor.business_id, difference_id))
    # The router first, as whoever writes differences anew holds it.
    router = locked(Router, actor.business_id, found.router_id) if found else None
    row = locked(ServiceDifference, actor.business_id, difference_id)
    if router is None or row is None or row.kind != "state":
        raise NotFound
    _mend(actor, row, now)
    _note_mending(router)


@transactional
def repair_all(actor: Actor, router_id: uuid.UUID, *, now: datetime) -> int:
    """Have a router follow billing for everybody it differs about. Returns how many. Raises NotFound."""
    actor.require("staff")
    router = locked(Router, actor.business_id, router_id)
    if router is None:
        raise NotFound
    query = select(ServiceDifference).where(
        ServiceDifference.business_id == router.business_id,
        ServiceDifference.router_id == router.id,
        ServiceDifference.kind == "state",
    )
    rows = list(db.session.scalars(query.order_by(ServiceDifference.id).with_for_update()))
    for row in rows:
        _mend(actor, row, now)
    if rows:
        _note_mending(router)
    audit.record(actor, "repaired", "router", router.id, now, facts={"services": len(rows)})
    return len(rows)


def _mend(actor: Actor, row: ServiceDifference, now: datetime) -> None:
    record = db.session.get(ServiceRecord, (row.business_id, row.record_id)) if row.record_id else None
    if record is not None:
        reason = f"On the network it was {SAID.get(row.found, row.found)}"
        switch_again(actor, record.subscription_id, reason=reason, now=now)
    db.session.delete(row)


def _note_mending(router: Router) -> None:
    """Say of a comparison what is left of it, as its differences are repaired."""
    db.session.flush()
    mine = (ServiceDifference.business_id == router.business_id, ServiceDifference.router_id == router.id)
    left = db.session.scalar(select(func.count()).select_from(ServiceDifference).where(*mine)) or 0
    router.compared = f"{_counted(left)} The rest is {MENDING}" if left else f"What differed is {MENDING}"


def _counted(count: int) -> str:
    return "1 difference." if count == 1 else f"{count} differences."


def _plan(business_id: uuid.UUID, router_id: uuid.UUID, mark: str) -> None:
    args = {"router_id": str(router_id)}
    jobs.enqueue("billing.compare_router", f"compare:{router_id}:{mark}", args, business_id=business_id)


def _note_states(records: Sequence[ServiceRecord], found: Mapping[str, Status], now: datetime) -> None:
    for record in records:
        status = found.get(record.username)
        record.network_state = status.state if status else "missing"
        record.online, record.seen_at = status.online if status else None, now


def _keep(business_id: uuid.UUID, router_id: uuid.UUID, told: Sequence[Difference], now: datetime) -> None:
    mine = (ServiceDifference.business_id == business_id, ServiceDifference.router_id == router_id)
    db.session.execute(delete(ServiceDifference).where(*mine))
    rows = [
        {
            "business_id": business_id,
            "id": new_id(),
            "router_id": router_id,
            "record_id": one.record_id,
            "kind": one.kind,
            "username": storable(one.username, LONGEST_NAME),
            "wanted": one.wanted,
            "found": one.found,
            "at": now,
        }
        for one in told
    ]
    if rows:
        db.session.execute(insert(ServiceDifference), rows)
