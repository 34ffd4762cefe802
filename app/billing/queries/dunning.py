"""What dunning goes by: policies, the services on invoices, warnings that went out, and batches; of one business."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select

from app.billing.models import (
    BilledPeriod,
    DunningBatch,
    DunningCut,
    LateFee,
    Plan,
    Subscription,
    SubscriptionItem,
)
from app.billing.queries.dunning_policies import policies_for
from app.billing.queries.standings import Standing, standings
from app.billing.rules import MOVES
from app.billing.rules.dunning import Case, Terms
from app.clients.models import Client, ClientTag
from app.clock import day_in
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.messages.models import Message
from app.payments.models import Attempt, Payment, WebhookEvent
from app.reminders.queries import Bearing, Desk, Outlook
from app.reminders.rules import Planned

LATELY = timedelta(days=2)
_ACCEPTED = ("sent", "delivered", "read")
WARNINGS = ("suspension_warning", "reminder_last")
"""Kinds of messages that warn of a cut; of cancelling only the second does."""


@dataclass(frozen=True, slots=True)
class Faced:
    """A step that cuts, with whose it is: the services on its invoice, what goes for them, and the facts."""

    outlook: Outlook
    step: Planned
    services: tuple[Standing, ...]
    terms: Terms
    case: Case

    @property
    def cuttable(self) -> list[Subscription]:
        """The services that the step may be done to, as they stand."""
        kind = self.step.rung.kind
        allowed = MOVES[kind]
        rows = [one.row for one in self.services if one.state in allowed]
        return [row for row in rows if kind != "throttle" or row.throttled_at is None]

    @property
    def may_come_back(self) -> bool:
        """Whether one of the services may get into a state in which the step is done to it."""
        return any(one.state in ("paused", "trial") for one in self.services)


def bearing(invoice: Any) -> Bearing:
    """What this room says of the invoice of a query around it: see `Bearing`."""
    period, item, fee = BilledPeriod.__table__.c, SubscriptionItem.__table__.c, LateFee.__table__.c
    mine = (period.business_id == invoice.business_id, period.invoice_id == invoice.id, period.reversed_at.is_(None))
    of_item = and_(item.business_id == period.business_id, item.subscription_id == period.subscription_id)
    of_plan = and_(Plan.business_id == item.business_id, Plan.id == item.plan_id, Plan.kind == "plan")
    plans = select(item.plan_id).select_from(BilledPeriod.__table__).join(SubscriptionItem.__table__, of_item)
    first = plans.join(Plan, of_plan).where(*mine).order_by(period.subscription_id, item.position).limit(1)
    # The last comparison changes nothing but that PostgreSQL looks each up, and never reads all of them first.
    serves = exists().where(*mine, period.invoice_id >= invoice.id)
    is_fee = exists().where(fee.business_id == invoice.business_id, fee.fee_invoice_id == invoice.id)
    return Bearing(serves, is_fee, first.correlate(Invoice.__table__).scalar_subquery())


def faced(desk: Desk, found: Sequence[tuple[Outlook, Planned]]) -> list[Faced]:
    """Steps that cut with the facts they depend on; as many statements for a hundred as for one."""
    if not found:
        return []
    business_id = desk.business.id
    ids = {one.invoice_id for one, _ in found}
    clients = {one.client_id for one, _ in found}
    services = services_on(business_id, ids)
    plans = main_plans(business_id, {row.id for rows in services.values() for row in rows})
    policies = policies_for(business_id, clients, set(plans.values()))
    tags, owed = _tags(business_id, clients), _overdue(business_id, clients, desk.today)
    warned, cut = _warnings(desk, ids), _last_cuts(desk, ids)
    currencies = _currencies(business_id, ids)
    rows_of = {row.id: row for rows in services.values() for row in rows}
    stand = {one.row.id: one for one in standings(business_id, list(rows_of.values()), desk.today)}
    made = []
    for one, step in found:
        rows = services.get(one.invoice_id, [])
        plan_id = next((plans[row.id] for row in rows if row.id in plans), None)
        kinds = WARNINGS if step.rung.kind != "cancel" else WARNINGS[1:]
        said = [seen for seen in warned.get(one.invoice_id, []) if seen.kind in kinds]
        if step.rung.kind == "cancel" and (last := cut.get(one.invoice_id)) is not None:
            said = [seen for seen in said if seen.at > last]
        days = [seen.on for seen in said if seen.on is not None]
        left = "waits" if any(seen.waits for seen in said) else "failed" if said else ""
        currency = currencies[one.invoice_id]
        case = Case(
            step.rung.kind,
            step.on,
            one.counts_from,
            owed.get((one.client_id, currency), 0),
            currency,
            frozenset(tags.get(one.client_id, ())),
            min(days, default=None),
            "" if days else left,  # type: ignore[arg-type]
        )
        made.append(Faced(one, step, tuple(stand[row.id] for row in rows), policies.of(one.client_id, plan_id), case))
    return made


def services_on(business_id: uuid.UUID, invoice_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Subscription]]:
    """{invoice: the subscriptions that are billed on it}, in the order of their ids."""
    of_period = and_(
        BilledPeriod.business_id == Subscription.business_id, BilledPeriod.subscription_id == Subscription.id
    )
    query = (
        select(BilledPeriod.invoice_id, Subscription)
        .join(Subscription, of_period)
        .where(
            BilledPeriod.business_id == business_id,
            BilledPeriod.invoice_id.in_(invoice_ids),
            BilledPeriod.reversed_at.is_(None),
        )
        .order_by(Subscription.id)
    )
    found: dict[uuid.UUID, list[Subscription]] = defaultdict(list)
    for invoice_id, row in db.session.execute(query):
        if invoice_id is not None and row not in found[invoice_id]:
            found[invoice_id].append(row)
    return found


def main_plans(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """{subscription: the first plan in it that is no add-on}."""
    of_plan = and_(Plan.business_id == SubscriptionItem.business_id, Plan.id == SubscriptionItem.plan_id)
    query = (
        select(SubscriptionItem.subscription_id, SubscriptionItem.plan_id)
        .join(Plan, of_plan)
        .where(SubscriptionItem.business_id == business_id, SubscriptionItem.subscription_id.in_(ids))
        .where(Plan.kind == "plan")
        .order_by(SubscriptionItem.position.desc(), SubscriptionItem.id.desc())
    )
    return {row.subscription_id: row.plan_id for row in db.session.execute(query)}


def _tags(business_id: uuid.UUID, clients: Collection[uuid.UUID]) -> dict[uuid.UUID, set[str]]:
    query = select(ClientTag.client_id, ClientTag.tag)
    query = query.where(ClientTag.business_id == business_id, ClientTag.client_id.in_(clients))
    found: dict[uuid.UUID, set[str]] = defaultdict(set)
    for row in db.session.execute(query):
        found[row.client_id].add(row.tag)
    return found


def _overdue(
    business_id: uuid.UUID, clients: Collection[uuid.UUID], today: date
) -> dict[tuple[uuid.UUID | None, str], int]:
    """{(client, currency): what is owed past its due date, in minor units}."""
    query = (
        select(Invoice.client_id, Invoice.currency, func.sum(Invoice.balance_minor).label("minor"))
        .where(Invoice.business_id == business_id, Invoice.client_id.in_(clients), Invoice.status == "open")
        .where(Invoice.due_date < today, Invoice.balance_minor > 0)
        .group_by(Invoice.client_id, Invoice.currency)
    )
    return {(row.client_id, row.currency): int(row.minor) for row in db.session.execute(query)}


def _currencies(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    query = select(Invoice.id, Invoice.currency).where(Invoice.business_id == business_id, Invoice.id.in_(ids))
    return {row.id: row.currency for row in db.session.execute(query)}


@dataclass(frozen=True, slots=True)
class _Warned:
    kind: str
    at: datetime
    on: date | None
    waits: bool


def _warnings(desk: Desk, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[_Warned]]:
    """{invoice: the warnings about it; `on` is the day a provider accepted one}."""
    query = select(Message.object_id, Message.kind, Message.state, Message.sent_at, Message.created_at).where(
        Message.business_id == desk.business.id,
        Message.object_kind == "invoice",
        Message.object_id.in_(ids),
        Message.kind.in_(WARNINGS),
    )
    found: dict[uuid.UUID, list[_Warned]] = defaultdict(list)
    for row in db.session.execute(query.order_by(Message.id)):
        accepted = row.state in _ACCEPTED and row.sent_at is not None
        on = day_in(row.sent_at, desk.business.timezone) if accepted else None
        found[row.object_id].append(_Warned(row.kind, row.created_at, on, row.state in ("queued", "unknown")))
    return found


def _last_cuts(desk: Desk, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, datetime]:
    query = select(DunningCut.invoice_id, func.max(DunningCut.done_at).label("at")).where(
        DunningCut.business_id == desk.business.id, DunningCut.invoice_id.in_(ids), DunningCut.done_at.is_not(None)
    )
    rows = db.session.execute(query.group_by(DunningCut.invoice_id))
    return {row.invoice_id: row.at for row in rows if row.at is not None}


def active_services(business_id: uuid.UUID, today: date) -> int:
    """How many subscriptions are in use: not over, and not suspended."""
    over = or_(*(and_(end.is_not(None), end <= today) for end in (Subscription.ends_on, Subscription.cancelled_on)))
    mine = (
        Subscription.business_id == business_id,
        Subscription.suspended_at.is_(None),
        Subscription.starts_on <= today,
    )
    return db.session.scalar(select(func.count()).select_from(Subscription).where(*mine, ~over)) or 0


def heard_lately(business_id: uuid.UUID, now: datetime) -> tuple[int, int]:
    """(online payments begun, notices and online payments that came) in the last two days."""
    since = now - LATELY
    begun = select(func.count()).where(
        Attempt.business_id == business_id, Attempt.created_at > since, Attempt.checkout_url != ""
    )
    notices = select(func.count()).where(WebhookEvent.business_id == business_id, WebhookEvent.received_at > since)
    came = select(func.count()).where(
        Payment.business_id == business_id, Payment.created_at > since, Payment.gateway.is_not(None)
    )
    counts = [db.session.scalar(query) or 0 for query in (begun, notices, came)]
    return counts[0], counts[1] + counts[2]


def get_batch(business_id: uuid.UUID, batch_id: uuid.UUID) -> DunningBatch:
    """One batch. Raises NotFound."""
    row = db.session.get(DunningBatch, (business_id, batch_id))
    if row is None:
        raise NotFound
    return row


def batches(business_id: uuid.UUID, limit: int = 30) -> list[tuple[DunningBatch, dict[str, int]]]:
    """The latest batches, each with {state: how many of its services}."""
    query = select(DunningBatch).where(DunningBatch.business_id == business_id)
    rows = list(db.session.scalars(query.order_by(DunningBatch.on_day.desc()).limit(limit)))
    counted = (
        select(DunningCut.batch_id, DunningCut.state, func.count().label("number"))
        .where(DunningCut.business_id == business_id, DunningCut.batch_id.in_([row.id for row in rows]))
        .group_by(DunningCut.batch_id, DunningCut.state)
    )
    counts: dict[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for one in db.session.execute(counted):
        counts[one.batch_id][one.state] = one.number
    return [(row, counts[row.id]) for row in rows]


@dataclass(frozen=True, slots=True)
class CutShown:
    """A service of a batch as a page shows it."""

    cut: DunningCut
    client_name: str
    service: str
    number: str


def cuts_of(
    business_id: uuid.UUID, batch_id: uuid.UUID, after: uuid.UUID | None = None, limit: int = 200
) -> list[CutShown]:
    """The services of a batch in the order they were found, after one of them."""
    keys = [
        (Client, DunningCut.client_id),
        (Subscription, DunningCut.subscription_id),
        (Invoice, DunningCut.invoice_id),
    ]
    query = select(DunningCut, Client.name, Subscription.name.label("service"), Invoice.number)
    for model, column in keys:
        query = query.join(model, and_(model.business_id == DunningCut.business_id, model.id == column))
    query = query.where(DunningCut.business_id == business_id, DunningCut.batch_id == batch_id)
    if after is not None:
        query = query.where(DunningCut.id > after)
    rows = db.session.execute(query.order_by(DunningCut.id).limit(limit))
    return [CutShown(row[0], row[1], row[2], row[3] or "") for row in rows]
