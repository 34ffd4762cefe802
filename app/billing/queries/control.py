"""Reading how services are switched: routers, records, what was wanted, and days without service."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func, or_, select

from app import clock
from app.auth.queries import get_business
from app.billing.models import (
    Router,
    ServiceAction,
    ServiceDifference,
    ServiceRecord,
    ServiceSpan,
    Subscription,
)
from app.billing.queries.claims import overdue_among
from app.billing.queries.subscriptions import outlines
from app.billing.rules import Span, state
from app.billing.rules.control import Wanted, wanted, without_service
from app.clients.models import Client
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.web.paging import Page, paginate

CHUNK = 200
ENDED_LATELY = timedelta(days=31)
"""So long after its end a subscription may be settled still that nobody looked at before."""
_WAITING = (
    or_(Subscription.suspended_at.is_not(None), Subscription.throttled_at.is_not(None)),
    Subscription.until_paid,
)


@dataclass(frozen=True, slots=True)
class Service:
    """How the service of a subscription is switched: its record and router, if it is on one, and what was wanted.

    `connectable`: there is a router it could be put on.
    """

    record: ServiceRecord | None
    router: Router | None
    actions: list[ServiceAction]
    connectable: bool

    @property
    def unfinished(self) -> bool:
        """Whether the network was told in vain what was wanted last."""
        latest = self.actions[0] if self.actions else None
        return latest is not None and (latest.state == "failed" or (latest.state == "wanted" and bool(latest.answer)))


def switched_by(business_id: uuid.UUID, subscription_id: uuid.UUID) -> str:
    """The name of the router that really switches a subscription; empty without one, or where it is only pretended."""
    on_it = and_(ServiceRecord.business_id == Router.business_id, ServiceRecord.router_id == Router.id)
    query = (
        select(Router.name)
        .join(ServiceRecord, on_it)
        .where(ServiceRecord.business_id == business_id, ServiceRecord.subscription_id == subscription_id)
        .where(Router.driver != "log")
    )
    return db.session.scalar(query) or ""


def suspended_spans(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Span]]:
    """The whole days without service of some subscriptions: {subscription: from a day up to and without another}.

    The day on which it was suspended and the one on which it came back were used, and do not count.
    """
    zone = get_business(business_id).timezone
    query = (
        select(ServiceSpan)
        .where(
            ServiceSpan.business_id == business_id,
            ServiceSpan.subscription_id.in_(ids),
            ServiceSpan.kind == "suspended",
        )
        .order_by(ServiceSpan.since, ServiceSpan.id)
    )
    found: dict[uuid.UUID, list[Span]] = defaultdict(list)
    for row in db.session.scalars(query):
        back = clock.day_in(row.until, zone) if row.until else None
        if span := without_service(clock.day_in(row.since, zone), back):
            found[row.subscription_id].append(span)
    return dict(found)


def record_of(business_id: uuid.UUID, subscription_id: uuid.UUID) -> ServiceRecord | None:
    """Under which name a subscription is known on a router, if it is on one."""
    query = select(ServiceRecord).where(
        ServiceRecord.business_id == business_id, ServiceRecord.subscription_id == subscription_id
    )
    return db.session.scalar(query)


def get_router(business_id: uuid.UUID, router_id: uuid.UUID) -> Router:
    """One router. Raises NotFound."""
    row = db.session.get(Router, (business_id, router_id))
    if row is None:
        raise NotFound
    return row


def actions_of(business_id: uuid.UUID, subscription_id: uuid.UUID, limit: int = 20) -> list[ServiceAction]:
    """What was wanted of a service, the latest first."""
    query = (
        select(ServiceAction)
        .where(ServiceAction.business_id == business_id, ServiceAction.subscription_id == subscription_id)
        .order_by(ServiceAction.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query))


def businesses_with_restricted() -> list[uuid.UUID]:
    """Businesses of this installation in which something waits for a payment."""
    return list(db.session.scalars(select(Subscription.business_id).where(*_WAITING).distinct()))


def businesses_with_ended() -> list[uuid.UUID]:
    """Businesses of this installation in which something suspended has a last day."""
    ends = or_(Subscription.ends_on.is_not(None), Subscription.cancelled_on.is_not(None))
    query = select(Subscription.business_id).where(Subscription.suspended_at.is_not(None), ends)
    return list(db.session.scalars(query.distinct()))


def ended_suspended(business_id: uuid.UUID, today: date) -> list[uuid.UUID]:
    """Subscriptions whose last day came lately while they were suspended; at most CHUNK, by id.

    What was cancelled from the same day on was settled with that.
    """
    query = select(Subscription).where(
        Subscription.business_id == business_id,
        Subscription.suspended_at.is_not(None),
        or_(Subscription.ends_on <= today, Subscription.cancelled_on <= today),
    )
    zone, early = get_business(business_id).timezone, today - ENDED_LATELY
    found = []
    for row in db.session.scalars(query.order_by(Subscription.id)):
        over = min(end for end in (row.ends_on, row.cancelled_on) if end is not None)
        at_once = over == row.cancelled_on and row.cancelled_at and over <= clock.day_in(row.cancelled_at, zone)
        if over >= early and not at_once:
            found.append(row.id)
    return found[:CHUNK]


def paid_again(business_id: uuid.UUID, client_id: uuid.UUID | None, today: date) -> list[Subscription]:
    """Those subscriptions of a client, or of everybody, that wait for nothing any more: nothing of them is overdue, and
    nothing is owed of what they were restricted for."""
    query = select(Subscription).where(Subscription.business_id == business_id, *_WAITING)
    if client_id is not None:
        query = query.where(Subscription.client_id == client_id)
    rows = [row for row in db.session.scalars(query.order_by(Subscription.id)) if not _over(row, today)]
    owing: set[uuid.UUID] = set()
    for chunk in (rows[at : at + CHUNK] for at in range(0, len(rows), CHUNK)):
        ids = [row.id for row in chunk]
        owing |= overdue_among(business_id, ids, today) | _owing_among(business_id, ids, today)
    return [row for row in rows if row.id not in owing]


def _over(row: Subscription, today: date) -> bool:
    return any(end is not None and end <= today for end in (row.ends_on, row.cancelled_on))


def _owing_among(business_id: uuid.UUID, ids: Collection[uuid.UUID], today: date) -> set[uuid.UUID]:
    """Those of `ids` that were restricted for an invoice which is still owed, be it one of theirs or not."""
    query = (
        select(ServiceAction.subscription_id, ServiceAction.verb, Invoice.status, Invoice.balance_minor,
               Invoice.due_date)
        .outerjoin(Invoice, (Invoice.business_id == ServiceAction.business_id)
                   & (Invoice.id == ServiceAction.invoice_id))
        .where(ServiceAction.business_id == business_id, ServiceAction.subscription_id.in_(ids))
        .order_by(ServiceAction.id)
    )  # fmt: skip
    owing: set[uuid.UUID] = set()
    for subscription_id, verb, status, balance, due in db.session.execute(query):
        if verb == "restore":
            owing.discard(subscription_id)
        elif status == "open" and balance > 0 and due is not None and due < today:
            owing.add(subscription_id)
    return owing


def latest_action(business_id: uuid.UUID, subscription_id: uuid.UUID) -> ServiceAction | None:
    """What was wanted of a service last."""
    return next(iter(actions_of(business_id, subscription_id, 1)), None)


def list_routers(business_id: uuid.UUID) -> list[Router]:
    """The routers that are in use, by name."""
    query = select(Router).where(Router.business_id == business_id, Router.archived_at.is_(None))
    return list(db.session.scalars(query.order_by(Router.name, Router.id)))


def services_on(business_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """{router: how many services are on it}."""
    number = func.count().label("services")
    query = select(ServiceRecord.router_id, number).where(ServiceRecord.business_id == business_id)
    return {row.router_id: row.services for row in db.session.execute(query.group_by(ServiceRecord.router_id))}


def records_on(business_id: uuid.UUID, router_id: uuid.UUID) -> list[ServiceRecord]:
    """Everybody who is on a router, by name."""
    query = select(ServiceRecord).where(ServiceRecord.business_id == business_id, ServiceRecord.router_id == router_id)
    return list(db.session.scalars(query.order_by(ServiceRecord.username)))


def wanted_states(business_id: uuid.UUID, ids: Sequence[uuid.UUID], today: date) -> dict[uuid.UUID, Wanted]:
    """How services should stand on their network on a day: {subscription: state}."""
    found: dict[uuid.UUID, Wanted] = {}
    for chunk in (ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)):
        query = select(Subscription).where(Subscription.business_id == business_id, Subscription.id.in_(chunk))
        for one in outlines(business_id, list(db.session.scalars(query))):
            stands = state(one.facts(today, overdue=False), today)
            found[one.row.id] = wanted(stands, one.row.throttled_at is not None)
    return found


def on_their_way(business_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `ids` for which a router is still to do something."""
    query = select(ServiceAction.subscription_id).where(
        ServiceAction.business_id == business_id, ServiceAction.state == "wanted"
    )
    return set(db.session.scalars(query)) & set(ids)


def list_differences(
    business_id: uuid.UUID, router_id: uuid.UUID | None, cursor: str | None = None
) -> Page[tuple[ServiceDifference, uuid.UUID | None]]:
    """A page of what routers and billing do not agree on, each with its subscription."""
    on_record = and_(
        ServiceRecord.business_id == ServiceDifference.business_id, ServiceRecord.id == ServiceDifference.record_id
    )
    query = (
        select(ServiceDifference, ServiceRecord.subscription_id)
        .outerjoin(ServiceRecord, on_record)
        .where(ServiceDifference.business_id == business_id)
    )
    if router_id is not None:
        query = query.where(ServiceDifference.router_id == router_id)
    return paginate(query, (ServiceDifference.id,), cursor, scope=(business_id, router_id))


def failing_actions(business_id: uuid.UUID, limit: int = 50) -> list[tuple[ServiceAction, str, str]]:
    """What routers have not done: given up, or tried in vain so far; each with its subscription and client by name."""
    on_subscription = and_(
        Subscription.business_id == ServiceAction.business_id, Subscription.id == ServiceAction.subscription_id
    )
    on_client = and_(Client.business_id == Subscription.business_id, Client.id == Subscription.client_id)
    query = (
        select(ServiceAction, Subscription.name, Client.name)
        .join(Subscription, on_subscription)
        .join(Client, on_client)
        .where(
            ServiceAction.business_id == business_id,
            ServiceAction.state.in_(("wanted", "failed")),
            or_(ServiceAction.state == "failed", ServiceAction.answer != ""),
        )
        .order_by(ServiceAction.id.desc())
        .limit(limit)
    )
    return [(action, name, client) for action, name, client in db.session.execute(query)]


def repairable(business_id: uuid.UUID, router_id: uuid.UUID) -> int:
    """How many services stand otherwise on a router than billing says."""
    query = (
        select(func.count())
        .select_from(ServiceDifference)
        .where(
            ServiceDifference.business_id == business_id,
            ServiceDifference.router_id == router_id,
            ServiceDifference.kind == "state",
        )
    )
    return db.session.scalar(query) or 0


def service_of(row: Subscription) -> Service:
    """How the service of a subscription is switched."""
    record = record_of(row.business_id, row.id)
    routers = list_routers(row.business_id)
    router = next((one for one in routers if record and one.id == record.router_id), None)
    return Service(record, router, actions_of(row.business_id, row.id), bool(routers))
