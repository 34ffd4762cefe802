"""What the dashboard knows of one business: few statements, sums made by the database, currencies kept apart."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from flask import current_app
from sqlalchemy import Select, and_, case, extract, func, literal, literal_column, or_, select, union_all

from app.attention import Attention
from app.auth.models import AuditEvent, Business
from app.extensions import db
from app.invoices.models import Invoice
from app.jobs.models import Job
from app.messages.models import Message
from app.payments.models import GatewayAccount, Payment, WebhookEvent
from app.reports.activity import VERBS
from app.reports.rules import MONTHS, first_of_month, last_of_month, same_day_last_month

AGES = (0, 30, 60, 90)
"""Days after the due date that end a class of age: not due yet, 1 to 30, 31 to 60, 61 to 90, over 90."""

Provider = Callable[[uuid.UUID, date, datetime], Iterator[Attention]]


@dataclass(slots=True)
class Figures:
    """One currency, in minor units. `ages` as in AGES; `months` maps the first of a month to (invoiced, received)."""

    currency: str
    owed: int = 0
    owed_count: int = 0
    overdue: int = 0
    overdue_count: int = 0
    oldest_due: date | None = None
    due_this_month: int = 0
    expected: int = 0
    expected_count: int = 0
    ages: list[int] = field(default_factory=lambda: [0] * (len(AGES) + 1))
    months: dict[date, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    received_before: int = 0
    """Received in the month before up to the same day."""


def figures(business_id: uuid.UUID, today: date) -> dict[str, Figures]:
    """Every currency a business has figures in, in two statements."""
    found: dict[str, Figures] = {}
    for row in db.session.execute(_owed(business_id, today)):
        one = found.setdefault(row.currency, Figures(row.currency))
        one.owed, one.owed_count, one.oldest_due = int(row.owed), row.owed_count, row.oldest_due
        one.overdue, one.overdue_count = int(row.overdue), row.overdue_count
        one.due_this_month, one.expected, one.expected_count = int(row.this_month), int(row.expected), row.coming
        one.ages = [int(getattr(row, f"age_{number}")) for number in range(len(AGES) + 1)]
    for kind, currency, year, month, minor in db.session.execute(_months(business_id, today)):
        one = found.setdefault(currency, Figures(currency))
        if kind == "before":
            one.received_before += int(minor)
        else:
            one.months[date(int(year), int(month), 1)][kind == "received"] += int(minor)
    return found


def _owed(business_id: uuid.UUID, today: date) -> Select[Any]:
    balance, due = Invoice.balance_minor, Invoice.due_date
    coming = and_(due >= today, due <= last_of_month(today, 1))
    bounds = [today - timedelta(days=days) for days in AGES]
    classes = [due >= bounds[0]]
    classes += [and_(due < newer, due >= older) for newer, older in pairwise(bounds)]
    classes.append(due < bounds[-1])

    def total(condition: Any) -> Any:
        return func.sum(case((condition, balance), else_=0))

    # The literal zero lets both databases see that the index of unpaid invoices serves.
    mine = (Invoice.business_id == business_id, balance > literal_column("0"), Invoice.status == "open")
    return (
        select(
            Invoice.currency,
            func.sum(balance).label("owed"),
            func.count().label("owed_count"),
            total(due < today).label("overdue"),
            func.count().filter(due < today).label("overdue_count"),
            func.min(due).filter(due < today).label("oldest_due"),
            total(and_(due >= today, due <= last_of_month(today))).label("this_month"),
            total(coming).label("expected"),
            func.count().filter(coming).label("coming"),
            *(total(within).label(f"age_{number}") for number, within in enumerate(classes)),
        )
        .where(*mine)
        .group_by(Invoice.currency)
    )


def _months(business_id: uuid.UUID, today: date) -> Any:
    since = first_of_month(today, MONTHS - 1)

    def monthly(kind: str, currency: Any, day: Any, minor: Any) -> Select[Any]:
        parts = (extract("year", day).label("year"), extract("month", day).label("month"))
        found = select(literal(kind).label("kind"), currency, *parts, func.sum(minor).label("minor"))
        return found.group_by(currency, *parts)

    issued = (Invoice.business_id == business_id, Invoice.status.not_in(("draft", "void")))
    kept = (Payment.business_id == business_id, Payment.reversed_at.is_(None))
    until = Payment.received_on.between(first_of_month(today, 1), same_day_last_month(today))
    bills = monthly("invoiced", Invoice.currency, Invoice.issue_date, Invoice.total_minor)
    money = monthly("received", Payment.currency, Payment.received_on, Payment.amount_minor)
    before = monthly("before", Payment.currency, Payment.received_on, Payment.amount_minor)
    return union_all(
        bills.where(*issued, Invoice.issue_date >= since, Invoice.issue_date <= last_of_month(today)),
        money.where(*kept, Payment.received_on >= since, Payment.received_on <= last_of_month(today)),
        before.where(*kept, until),
    )


def attention(business_id: uuid.UUID, today: date, now: datetime) -> list[Attention]:
    """What every room has to say, the worst first."""
    providers: Sequence[Provider] = current_app.extensions["duely_attention"]
    found = [one for provider in providers for one in provider(business_id, today, now)]
    return sorted(found, key=lambda one: ("over", "soon").index(one.kind) if one.kind in ("over", "soon") else 2)


def activity(business_id: uuid.UUID, limit: int = 6) -> list[Any]:
    """The newest events about invoices worth telling, each with its invoice: (event, invoice)."""
    here = and_(Invoice.business_id == AuditEvent.business_id, Invoice.id == AuditEvent.object_id)
    query = (
        select(AuditEvent, Invoice)
        .join(Invoice, here)
        .where(AuditEvent.business_id == business_id, AuditEvent.object_kind == "invoice")
        .where(AuditEvent.verb.in_(VERBS))
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return list(db.session.execute(query))


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When things last went well, and what waits: jobs that are due, and since when."""

    last_mail: datetime | None
    last_notice: datetime | None
    waiting: int
    waiting_since: datetime | None


def heartbeat(business_id: uuid.UUID, now: datetime) -> Heartbeat:
    """The pulse of mail, payment notices and background work, in one statement."""
    mail = select(Message.sent_at).where(Message.business_id == business_id, Message.state == "sent")
    notice = select(WebhookEvent.received_at).where(WebhookEvent.business_id == business_id)
    late = (Job.business_id == business_id, Job.state.in_(("ready", "rung", "running")), Job.due_at <= now)
    query = select(
        mail.order_by(Message.id.desc()).limit(1).scalar_subquery(),
        notice.order_by(WebhookEvent.id.desc()).limit(1).scalar_subquery(),
        select(func.count()).where(*late).scalar_subquery(),
        select(func.min(Job.due_at)).where(*late).scalar_subquery(),
    )
    return Heartbeat(*db.session.execute(query).one())


@dataclass(frozen=True, slots=True)
class Beginning:
    """How far a new business has come. `draft_id` is its newest draft, if any."""

    issued: bool
    described: bool
    payable: bool
    draft_id: uuid.UUID | None


def beginning(business_id: uuid.UUID) -> Beginning:
    """What a new business has done already, in one statement."""
    mine = Invoice.business_id == business_id
    account = select(GatewayAccount.id).where(GatewayAccount.business_id == business_id, GatewayAccount.active)
    draft = select(Invoice.id).where(mine, Invoice.status == "draft").order_by(Invoice.id.desc()).limit(1)
    query = select(
        select(literal(1)).where(mine, Invoice.number.is_not(None)).exists(),
        or_(Business.address != "", Business.tax_id != ""),
        Business.bank_details,
        account.exists(),
        draft.scalar_subquery(),
    ).where(Business.id == business_id)
    issued, described, bank, online, draft_id = db.session.execute(query).one()
    return Beginning(bool(issued), bool(described), bool(bank) or bool(online), draft_id)
