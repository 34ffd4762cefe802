"""What the dashboard knows of one business: few statements, sums made by the database, currencies kept apart."""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)

from app.attention import NO_DAY, Attention, Watch, parameters
from app.auth.models import AuditEvent, Business
from app.extensions import db
from app.invoices.models import Invoice
from app.jobs.models import BEFORE_IT_RUNS, Job
from app.ledger.models import PeriodTotal
from app.ledger.rules import BASE_KINDS
from app.messages.models import Message
from app.payments.models import GatewayAccount, WebhookEvent
from app.reports.activity import VERBS
from app.reports.figures import AGES, Figures, Found
from app.reports.rules import MONTHS, first_of_month, last_of_month, same_day_last_month
from app.statements import built

LATEST = 6
ACTOR = ("actor_kind", "actor_name", "token_id")
TOTAL = PeriodTotal.__table__.c
_OWN_KIND = {kept: own for own, kept in BASE_KINDS.items()}
_OWED, _CAME = (("owed", BASE_KINDS["owed"]), ("received", BASE_KINDS["received"]))
_BILLED = ("issued", BASE_KINDS["issued"])


def figures(business_id: uuid.UUID, today: date) -> Found:
    """Every currency a business has figures in, in one statement over the totals of days and months."""
    found = Found({}, {})
    for row in db.session.execute(_totals(), _days(business_id, today)):
        kind = _OWN_KIND.get(row.kind, row.kind)
        one = (found.own if kind == row.kind else found.converted).setdefault(row.currency, Figures(row.currency))
        if kind == "owed":
            _tell_owed(one, row)
        elif row.month:
            one.months[row.month][kind == "received"] = int(row.total)
            one.counts[kind == "received"] += int(row.documents)
        else:
            one.received_before = int(row.total)
    return Found(*({code: one for code, one in side.items() if one.shows} for side in (found.own, found.converted)))


def _tell_owed(one: Figures, row: Any) -> None:
    one.owed, one.owed_count, one.oldest_due = int(row.total), int(row.documents), row.oldest
    one.overdue, one.overdue_count = int(row.overdue), int(row.overdue_count)
    one.due_this_month, one.expected, one.expected_count = int(row.this_month), int(row.expected), int(row.coming)
    one.ages = [int(getattr(row, f"within_{number}")) for number in range(len(AGES) + 1)]


def _days(business_id: uuid.UUID, today: date) -> dict[str, Any]:
    """The parameters of the statement below: days that part what is owed and what came in."""
    ages = {f"age_{number}": today - timedelta(days=days) for number, days in enumerate(AGES)}
    return ages | {
        "business_id": business_id,
        "oldest_month": first_of_month(today - timedelta(days=AGES[-1])),
        "month_end": last_of_month(today),
        "next_month_end": last_of_month(today, 1),
        "since": first_of_month(today, MONTHS - 1),
        "last_month": first_of_month(today, 1),
        "same_day": same_day_last_month(today),
    }


@cache
def _totals() -> CompoundSelect[Any]:
    """For each currency a row of what is owed, a row for each month of what was billed and of what came in, and one of
    what had come in by this day of the month before. Whole months are read as such, days only where they matter."""
    kind, currency, day = TOTAL.kind, TOTAL.currency, TOTAL.day
    days, months = TOTAL.span == "day", TOTAL.span == "month"
    mine = (TOTAL.business_id == bindparam("business_id"), TOTAL.documents > 0)
    whole = or_(and_(months, day < bindparam("oldest_month")), and_(days, day >= bindparam("oldest_month")))
    figures = _owed()
    nothing = [literal_column("NULL").label(one.name) for one in figures]
    billed = (kind.in_((*_BILLED, *_CAME)), months, day.between(bindparam("since"), bindparam("month_end")))
    before = (kind.in_(_CAME), days, day.between(bindparam("last_month"), bindparam("same_day")))
    parts = (
        select(kind, currency, NO_DAY.label("month"), *figures, _oldest().label("oldest"))
        .where(*mine, kind.in_(_OWED), whole)
        .group_by(kind, currency),
        select(kind, currency, day, TOTAL.total_minor, TOTAL.documents, *nothing[2:], NO_DAY).where(*mine, *billed),
        select(kind, currency, NO_DAY, func.sum(TOTAL.total_minor), *nothing[1:], NO_DAY)
        .where(*mine, *before)
        .group_by(kind, currency),
    )
    return built(union_all(*parts))


def _owed() -> list[ColumnElement[Any]]:
    """What is owed in one currency: all of it first, then its parts by when they are due."""
    day, balance, today = TOTAL.day, TOTAL.balance_minor, bindparam("age_0")

    def part(condition: Any, figure: Any = balance) -> Any:
        return func.sum(case((condition, figure), else_=0))

    coming = and_(day >= today, day <= bindparam("next_month_end"))
    bounds = [bindparam(f"age_{number}") for number in range(len(AGES))]
    classes = [day >= bounds[0], *(and_(day < newer, day >= older) for newer, older in pairwise(bounds))]
    classes.append(day < bounds[-1])
    return [
        func.sum(balance).label("total"),
        func.sum(TOTAL.documents).label("documents"),
        part(day < today).label("overdue"),
        part(day < today, TOTAL.documents).label("overdue_count"),
        part(day.between(today, bindparam("month_end"))).label("this_month"),
        part(coming).label("expected"),
        part(coming, TOTAL.documents).label("coming"),
        *(part(within).label(f"within_{number}") for number, within in enumerate(classes)),
    ]


def _oldest() -> ScalarSelect[date]:
    """When the oldest overdue invoice in the currency of the row was due."""
    inner = PeriodTotal.__table__.alias().c
    owed = (inner.business_id == bindparam("business_id"), inner.span == "day", inner.kind == TOTAL.kind)
    query = select(func.min(inner.day)).where(*owed, inner.currency == TOTAL.currency, inner.documents > 0)
    return query.where(inner.day < bindparam("age_0")).correlate(PeriodTotal.__table__).scalar_subquery()


def attention(business_id: uuid.UUID, today: date, now: datetime) -> list[Attention]:
    """What every room has to say, the worst first; all questions in one statement."""
    watches: tuple[Watch, ...] = current_app.extensions["duely_attention"]
    answers: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.execute(_asked_together(watches), parameters(business_id, today, now)):
        answers[row.watch].append(row)
    found = [one for place, watch in enumerate(watches) for one in watch.tell(answers[place], today)]
    return sorted(found, key=lambda one: ("over", "soon").index(one.kind) if one.kind in ("over", "soon") else 2)


@cache
def _asked_together(watches: tuple[Watch, ...]) -> CompoundSelect[Any]:
    parts = [watch.question.subquery() for watch in watches]
    return built(union_all(*(select(literal(place).label("watch"), *one.c) for place, one in enumerate(parts))))


def activity(business_id: uuid.UUID) -> list[Any]:
    """The newest events about invoices worth telling: (the event's columns, and those of its invoice)."""
    return list(db.session.execute(_activity(), {"business_id": business_id}))


@cache
def _activity() -> Select[Any]:
    event, invoice = AuditEvent.__table__.c, Invoice.__table__.c
    # The few events first: joined with all invoices, PostgreSQL would prepare to remember thousands of them.
    newest = (
        select(event.id, event.object_id, event.at, *(event[name] for name in ACTOR), event.verb, event.facts)
        .where(event.business_id == bindparam("business_id"), event.object_kind == "invoice", event.verb.in_(VERBS))
        .order_by(event.id.desc())
        .limit(LATEST)
        .subquery()
    )
    news = newest.c
    told = (invoice.id, invoice.number, invoice.buyer_name, invoice.currency, invoice.total_minor)
    return built(
        select(news.at, *(news[name] for name in ACTOR), news.verb, news.facts, *told)
        .join(Invoice.__table__, and_(invoice.business_id == bindparam("business_id"), invoice.id == news.object_id))
        .order_by(news.id.desc())
    )


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When things last went well, and what waits: how many jobs, as the page of background work counts them, and since
    when one is due that nobody has done."""

    last_mail: datetime | None
    last_notice: datetime | None
    waiting: int
    waiting_since: datetime | None


def heartbeat(business_id: uuid.UUID, now: datetime) -> Heartbeat:
    """The pulse of mail, payment notices and background work, in one statement."""
    return Heartbeat(*db.session.execute(_pulse(), {"business_id": business_id, "now": now}).one())


@cache
def _pulse() -> Select[Any]:
    mine = bindparam("business_id")
    message, event, job = Message.__table__.c, WebhookEvent.__table__.c, Job.__table__.c
    mail = select(message.sent_at).where(message.business_id == mine, message.state == "sent")
    notice = select(event.received_at).where(event.business_id == mine)
    late = (job.business_id == mine, job.state.in_(("ready", "rung", "running")), job.due_at <= bindparam("now"))
    return built(
        select(
            mail.order_by(message.id.desc()).limit(1).scalar_subquery(),
            notice.order_by(event.id.desc()).limit(1).scalar_subquery(),
            select(func.count()).where(job.business_id == mine, *BEFORE_IT_RUNS).scalar_subquery(),
            select(func.min(job.due_at)).where(*late).scalar_subquery(),
        )
    )


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
