"""What dunning goes by: policies, the facts of each step, warnings that went out, and batches; of one business."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select

from app.billing.models import DunningBatch, DunningCut, Subscription
from app.billing.queries.counting import Kept, counting
from app.billing.queries.dunning_policies import policies_for
from app.billing.queries.serving import billed_services, main_plans
from app.billing.queries.standings import Standing, standings
from app.billing.rules import MOVES
from app.billing.rules.dunning import Case, Terms
from app.clients.models import Client, ClientTag
from app.clock import day_in
from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.messages.models import Message
from app.money import Money
from app.payments.models import Attempt, Payment, WebhookEvent
from app.reminders.models import Hold
from app.reminders.queries import Desk, Outlook
from app.reminders.rules import CUTS, Planned

LATELY = timedelta(days=2)
_ACCEPTED = ("sent", "delivered", "read")
WARNINGS = ("suspension_warning", "reminder_last")
"""Kinds of messages that warn of a cut; of cancelling only the second does."""


@dataclass(frozen=True, slots=True)
class Faced:
    """A step that cuts, with whose it is: the services on its invoice, what goes for them, and the facts.

    `owed` is what is owed on the invoice. `elsewhere` are the services for which an older invoice counts, `kept` those
    that a promise or a hold keeps as they are.
    """

    outlook: Outlook
    step: Planned
    services: tuple[Standing, ...]
    terms: Terms
    case: Case
    owed: Money
    elsewhere: frozenset[uuid.UUID] = frozenset()
    kept: Mapping[uuid.UUID, Kept] = field(default_factory=dict)

    @property
    def counted(self) -> list[Subscription]:
        """The services that the step may be done to as they stand, once nothing keeps them."""
        kind = self.step.rung.kind
        allowed = MOVES[kind]
        rows = [one.row for one in self.services if one.state in allowed and one.row.id not in self.elsewhere]
        return [row for row in rows if kind != "throttle" or row.throttled_at is None]

    @property
    def cuttable(self) -> list[Subscription]:
        """The services that the step may be done to now."""
        return [row for row in self.counted if row.id not in self.kept]

    @property
    def may_come_back(self) -> bool:
        """Whether the step may still be done to one of the services on another day."""
        later = any(one.state in ("paused", "trial") for one in self.services)
        return later or bool(self.elsewhere or self.kept)


def faced(desk: Desk, found: Sequence[tuple[Outlook, Planned]]) -> list[Faced]:
    """Steps that cut with the facts they depend on; as many statements for a hundred as for one."""
    if not found:
        return []
    business_id = desk.business.id
    ids = {one.invoice_id for one, _ in found}
    clients = {one.client_id for one, _ in found}
    services = billed_services(business_id, ids)
    plans = main_plans(business_id, {row.id for rows in services.values() for row in rows})
    policies = policies_for(business_id, clients, set(plans.values()))
    tags, owed = _tags(business_id, clients), _overdue(business_id, clients, desk.today)
    warned, cut = _warnings(desk, ids), _last_cuts(desk, ids)
    balances = _balances(business_id, ids)
    cut_for = {one.invoice_id for one, step in found if step.rung.kind in CUTS}
    counts = counting(desk, {row.id for id in cut_for for row in services[id]})
    rows_of = {row.id: row for rows in services.values() for row in rows}
    stand = {one.row.id: one for one in standings(business_id, list(rows_of.values()), desk.today)}
    made = []
    for one, step in found:
        rows = services[one.invoice_id]
        plan_id = next((plans[row.id] for row in rows if row.id in plans), None)
        kinds = WARNINGS if step.rung.kind != "cancel" else WARNINGS[1:]
        said = [seen for seen in warned.get(one.invoice_id, []) if seen.kind in kinds]
        if step.rung.kind == "cancel" and (last := cut.get(one.invoice_id)) is not None:
            said = [seen for seen in said if seen.at > last]
        days = [seen.on for seen in said if seen.on is not None]
        left = "waits" if any(seen.waits for seen in said) else "failed" if said else ""
        currency = balances[one.invoice_id].currency
        elsewhere = frozenset(row.id for row in rows if not counts.is_by(one, step, row.id))
        kept = {row.id: why for row in rows if (why := counts.kept(row.id)) is not None}
        standing = tuple(stand[row.id] for row in rows)
        terms = policies.of(one.client_id, plan_id)
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
        made.append(Faced(one, step, standing, terms, case, balances[one.invoice_id], elsewhere, kept))
    return made


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
    """{(client, currency): what is owed past its due date, in minor units}, without what was promised or is held."""
    held = exists().where(
        Hold.business_id == Invoice.business_id,
        Hold.invoice_id == Invoice.id,
        Hold.ended_at.is_(None),
        Hold.until >= today,
    )
    query = (
        select(Invoice.client_id, Invoice.currency, func.sum(Invoice.balance_minor).label("minor"))
        .where(Invoice.business_id == business_id, Invoice.client_id.in_(clients), Invoice.status == "open")
        .where(Invoice.due_date < today, Invoice.balance_minor > 0, ~held)
        .group_by(Invoice.client_id, Invoice.currency)
    )
    return {(row.client_id, row.currency): int(row.minor) for row in db.session.execute(query)}


def _balances(business_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Money]:
    query = select(Invoice.id, Invoice.balance_minor, Invoice.currency)
    rows = db.session.execute(query.where(Invoice.business_id == business_id, Invoice.id.in_(ids)))
    return {row.id: Money(row.balance_minor, row.currency) for row in rows}


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
