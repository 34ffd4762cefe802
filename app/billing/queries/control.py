"""Reading how services are switched: routers, records, what was wanted, and days without service."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import or_, select

from app import clock
from app.auth.queries import get_business
from app.billing.models import Router, ServiceAction, ServiceRecord, ServiceSpan, Subscription
from app.billing.queries.subscriptions import overdue_among
from app.billing.rules import Span
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice


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
        first = clock.day_in(row.since, zone) + timedelta(days=1)
        back = clock.day_in(row.until, zone) if row.until else None
        if back is None or first < back:
            found[row.subscription_id].append(Span(first, back))
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


def restricted_clients(business_id: uuid.UUID) -> list[uuid.UUID]:
    """Clients who have a subscription that is suspended or throttled until it is paid."""
    query = select(Subscription.client_id).where(
        Subscription.business_id == business_id,
        or_(Subscription.suspended_at.is_not(None), Subscription.throttled_at.is_not(None)),
        Subscription.until_paid,
    )
    return list(db.session.scalars(query.distinct().order_by(Subscription.client_id)))


def paid_again(business_id: uuid.UUID, client_id: uuid.UUID, today: date) -> list[Subscription]:
    """Those subscriptions of a client that wait for nothing any more: nothing of them is overdue, and nothing is owed
    of what they were restricted for."""
    query = (
        select(Subscription)
        .where(
            Subscription.business_id == business_id,
            Subscription.client_id == client_id,
            or_(Subscription.suspended_at.is_not(None), Subscription.throttled_at.is_not(None)),
            Subscription.until_paid,
        )
        .order_by(Subscription.id)
    )
    rows = [row for row in db.session.scalars(query) if not _over(row, today)]
    ids = [row.id for row in rows]
    owing = (overdue_among(business_id, ids, today) | _owing_among(business_id, ids, today)) if ids else set()
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
