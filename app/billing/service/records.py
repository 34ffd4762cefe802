"""Service records: under which name a subscription is known on a router."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import and_, delete, or_, select

from app import clock
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.billing import queries
from app.billing.drivers.base import KEPT, is_kept
from app.billing.errors import StaleRecord
from app.billing.models import Router, ServiceAction, ServiceDifference, ServiceRecord, Subscription
from app.billing.rules.control import LONGEST_RADIUS_NAME, VERBS, RecordValues, Wanted
from app.billing.service.ordering import order
from app.clients.queries import get_client
from app.database import locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.folding import fold_all
from app.vault import seal

_ON_NETWORK = ("router_id", "username", "ip", "profile")


@transactional
def save_record(
    actor: Actor,
    subscription_id: uuid.UUID,
    values: RecordValues,
    password: str,
    *,
    version: int,
    now: datetime,
) -> ServiceRecord:
    """Put a subscription on a router, or change how it is known there. `version` 0: there is no record yet.

    An empty `password` keeps the one that is there. What is restricted is so under its new name as well. Raises
    NotFound, StaleRecord, Invalid.
    """
    actor.require("staff")
    subscription = queries.get_subscription(actor.business_id, subscription_id)
    # Whoever holds the router decides alone who is called what on it.
    router = locked(Router, actor.business_id, values.router_id)
    if router is None or router.archived_at is not None:
        raise Invalid("router_id", "Choose a router.")
    found = queries.record_of(actor.business_id, subscription_id)
    row = locked(ServiceRecord, actor.business_id, found.id) if found else None
    if (row.version if row else 0) != version:
        raise StaleRecord(current=row)
    columns = values.columns()
    _check_name(router, row, values.username)
    today = clock.day_in(now, get_business(actor.business_id).timezone)
    for name in ("ip", "mac"):
        _check_address(router, row, name, str(columns[name]), today)
    fresh = row is None
    if row is None:
        row = ServiceRecord(business_id=actor.business_id, id=new_id(), subscription_id=subscription_id, created_at=now)
    changes = {} if fresh else audit.differences(row, columns)
    row.version = version + 1
    for name, value in columns.items():
        setattr(row, name, value)
    if password:
        row.password = seal(password)
    row.search = fold_all(row.username, row.ip, row.mac, row.mac.replace(":", ""))
    moved = fresh or any(name in changes for name in _ON_NETWORK)
    if moved:
        row.network_state, row.online, row.seen_at = "", None, None
    db.session.add(row)
    db.session.flush()
    verb, facts = "connected" if fresh else "service_changed", {"password": "replaced"} if password else {}
    audit.record(
        actor, verb, "subscription", subscription_id, now, client_id=subscription.client_id, changes=changes,
        facts={"router": router.name, **facts},
    )  # fmt: skip
    state = _wanted_now(actor.business_id, subscription_id, now)
    if moved and state != "active":
        order(actor, subscription_id, VERBS[state], "The service record was changed", now=now)
    return row


@transactional
def remove_record(actor: Actor, subscription_id: uuid.UUID, *, version: int, now: datetime) -> None:
    """Switch a subscription no more; nothing changes on the network. Raises NotFound, StaleRecord."""
    actor.require("staff")
    subscription = queries.get_subscription(actor.business_id, subscription_id)
    row = queries.record_of(actor.business_id, subscription_id)
    if row is None:
        raise NotFound
    row = locked(ServiceRecord, actor.business_id, row.id)
    if row is None or row.version != version:
        raise StaleRecord(current=row)
    mine = (ServiceDifference.business_id == actor.business_id, ServiceDifference.record_id == row.id)
    db.session.execute(delete(ServiceDifference).where(*mine))
    db.session.delete(row)
    audit.record(actor, "disconnected", "subscription", subscription_id, now, client_id=subscription.client_id)


@transactional
def switch_again(actor: Actor, subscription_id: uuid.UUID, *, reason: str, now: datetime) -> ServiceAction:
    """Have the network do again what billing has decided. Raises NotFound."""
    actor.require("staff")
    state = _wanted_now(actor.business_id, subscription_id, now)
    row = queries.get_subscription(actor.business_id, subscription_id)
    action = order(actor, subscription_id, VERBS[state], reason, now=now)
    facts = {"reason": reason, "state": state}
    audit.record(actor, "switched_again", "subscription", row.id, now, client_id=row.client_id, facts=facts)
    return action


def _wanted_now(business_id: uuid.UUID, subscription_id: uuid.UUID, now: datetime) -> Wanted:
    """How a service should stand on its network. Its subscription is held from here on, so that nobody decides
    otherwise before that is written down. Raises NotFound."""
    if locked(Subscription, business_id, subscription_id) is None:
        raise NotFound
    today = clock.day_in(now, get_business(business_id).timezone)
    return queries.wanted_states(business_id, [subscription_id], today)[subscription_id]


def _check_name(router: Router, row: ServiceRecord | None, username: str) -> None:
    if router.driver == "radius":
        if len(username) > LONGEST_RADIUS_NAME:
            raise Invalid("username", f"In RADIUS tables a name has at most {LONGEST_RADIUS_NAME} characters.")
        if is_kept(username):
            raise Invalid("username", f"In RADIUS tables no name may begin with {KEPT}, which Duely itself uses.")
    if row is not None and (row.router_id, row.username) == (router.id, username):
        return
    on_it = select(ServiceRecord.username).where(
        ServiceRecord.business_id == router.business_id, ServiceRecord.router_id == router.id
    )
    if row is not None:
        on_it = on_it.where(ServiceRecord.id != row.id)
    # To many a network "Ada" and "ada" are one: no database of ours compares all letters so.
    wanted = username.casefold()
    taken = [name for name in db.session.scalars(on_it) if name.casefold() == wanted]
    if username in taken:
        raise Invalid("username", "Another subscription has this name on this router.")
    if taken:
        raise Invalid(
            "username", f"Another subscription is called {taken[0]} on this router, and capitals make no difference."
        )


def _check_address(router: Router, row: ServiceRecord | None, name: str, value: str, today: date) -> None:
    """Raises Invalid where another subscription that has not ended has this address on the router."""
    if not value or (row is not None and (row.router_id, getattr(row, name)) == (router.id, value)):
        return
    query = (
        select(Subscription)
        .join(ServiceRecord, and_(ServiceRecord.business_id == Subscription.business_id,
                                  ServiceRecord.subscription_id == Subscription.id))
        .where(ServiceRecord.business_id == router.business_id, ServiceRecord.router_id == router.id,
               getattr(ServiceRecord, name) == value, *([ServiceRecord.id != row.id] if row is not None else []),
               *(or_(end.is_(None), end > today) for end in (Subscription.ends_on, Subscription.cancelled_on)))
        .limit(1)
    )  # fmt: skip
    other = db.session.scalar(query)
    if other is not None:
        client = get_client(router.business_id, other.client_id).name
        raise Invalid(name, f"{other.name} of {client} has this address on this router.")
