"""What the page on getting paid knows of one business: sums made by the database, whatever there is to add up."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Date,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    type_coerce,
)
from sqlalchemy.sql.elements import ColumnElement

from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.models.documents import PAID_OFF
from app.ledger.models import PeriodTotal
from app.payments.models import Allocation, Payment
from app.reminders.models import LadderStep, Reminder
from app.reminders.queries.outlooks import WARNING
from app.reports.paying import WITHIN, PaidMonth, Recovered, by_step, offsets

TOTAL = PeriodTotal.__table__.c
WENT_OUT = ("queued", "done")
"""Outcomes of steps that came about: a message was sent, or a fee charged, or a service cut."""


def owed_by_day(business_id: uuid.UUID) -> dict[str, dict[date, int]]:
    """{currency: {day it is due: what is open}}, in minor units."""
    query = select(TOTAL.currency, TOTAL.day, TOTAL.balance_minor).where(
        TOTAL.business_id == business_id, TOTAL.span == "day", TOTAL.kind == "owed", TOTAL.balance_minor != 0
    )
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for row in db.session.execute(query):
        found[row.currency][row.day] = int(row.balance_minor)
    return found


def billed_since(business_id: uuid.UUID, since: date, until: date) -> dict[str, int]:
    """{currency: what was billed from a day to a day}, in minor units."""
    query = select(TOTAL.currency, func.sum(TOTAL.total_minor)).where(
        TOTAL.business_id == business_id, TOTAL.span == "day", TOTAL.kind == "issued", TOTAL.day.between(since, until)
    )
    return {currency: int(minor) for currency, minor in db.session.execute(query.group_by(TOTAL.currency))}


def paid_by_month(business_id: uuid.UUID, timezone: str, first: date, last: date) -> list[PaidMonth]:
    """How long the invoices took that were paid off in some days, by month of their last payment, oldest first.

    What a credit note took back altogether was not paid.
    """
    paid_on = local_day(Invoice.paid_at, timezone, first, last).label("paid_on")
    # As ix_invoice_paid_when has them, so that nothing but the index is read.
    mine = (
        Invoice.business_id == business_id,
        Invoice.paid_at >= _begins(first, timezone),
        Invoice.paid_at < _begins(last + timedelta(days=1), timezone),
        text(PAID_OFF),
    )
    rows = select(paid_on, Invoice.issue_date, Invoice.due_date).where(*mine).subquery()
    found: dict[date, PaidMonth] = {}
    for on, issued, due, number in db.session.execute(select(*rows.c, func.count()).group_by(*rows.c)):
        month = on.replace(day=1)
        found.setdefault(month, PaidMonth(month)).count((on - issued).days, (on - due).days, number)
    return [found[month] for month in sorted(found)]


def recovered(business_id: uuid.UUID, timezone: str, first: date, last: date) -> list[Recovered]:
    """What was paid after each step of the ladder that came about in some days; warnings that cuts waited for stand by
    themselves, as `warn_` with the kind of the cut.

    Money counts for a step when it came on its day or within WITHIN days, was not known when the step went out, and
    came before the next step did. Payments that were undone do not count, nor do credit notes.
    """
    zone = (timezone, first, last + timedelta(days=WITHIN))
    went_out = local_day(Reminder.created_at, *zone)
    of_invoice = {"partition_by": Reminder.invoice_id, "order_by": (Reminder.created_at, Reminder.id)}
    steps = (
        select(
            Reminder.id,
            Reminder.invoice_id,
            Reminder.step_id,
            (Reminder.channel == WARNING).label("warns"),
            Reminder.created_at.label("at"),
            went_out.label("day"),
            func.lead(Reminder.created_at).over(**of_invoice).label("next_at"),
        )
        .where(
            Reminder.business_id == business_id,
            Reminder.outcome.in_(WENT_OUT),
            Reminder.created_at >= _begins(first, timezone),
            Reminder.created_at < _begins(last + timedelta(days=1), timezone),
        )
        .subquery()
    )
    rows = db.session.execute(_with_money(steps, business_id, zone))
    return by_step((*row[:4], int(row[4]), int(row[5]), int(row[6] or 0)) for row in rows)


def _with_money(steps: Any, business_id: uuid.UUID, zone: tuple[str, date, date]) -> Select[Any]:
    step, day = steps.c, type_coerce(steps.c.day, Date)
    next_day = local_day(step.next_at, *zone)
    before_the_next = or_(
        step.next_at.is_(None),
        Payment.received_on < next_day,
        and_(Payment.received_on == next_day, Payment.created_at < step.next_at),
    )
    came = and_(
        Payment.reversed_at.is_(None),
        Payment.received_on >= day,
        days_between(Payment.received_on, day) <= WITHIN,
        Payment.created_at >= step.at,
        before_the_next,
    )
    each = (
        select(
            step.step_id,
            step.warns,
            step.invoice_id,
            func.sum(case((came, Allocation.amount_minor), else_=0)).label("minor"),
        )
        .select_from(steps)
        .outerjoin(Allocation, and_(Allocation.business_id == business_id, Allocation.invoice_id == step.invoice_id))
        .outerjoin(Payment, and_(Payment.business_id == business_id, Payment.id == Allocation.payment_id))
        .group_by(step.id, step.step_id, step.warns, step.invoice_id)
        .subquery()
    )
    kind = case((each.c.warns, "warn_" + LadderStep.kind), else_=LadderStep.kind).label("kind")
    shape = (kind, LadderStep.days, LadderStep.wording, Invoice.currency)
    return (
        select(*shape, func.count(), func.sum(case((each.c.minor > 0, 1), else_=0)), func.sum(each.c.minor))
        .select_from(each)
        .join(LadderStep, and_(LadderStep.business_id == business_id, LadderStep.id == each.c.step_id))
        .join(Invoice, and_(Invoice.business_id == business_id, Invoice.id == each.c.invoice_id))
        .group_by(*shape)
    )


def local_day(instant: Any, timezone: str, first: date, last: date) -> ColumnElement[date]:
    """The day that an instant of a column falls on, on the wall of a business; right for instants of these days.

    Neither database knows zones as Python does: so the difference to UTC is told to it, with the days it changes on.
    """
    (_, ahead), *later = offsets(timezone, first, last)
    sqlite = _dialect() == "sqlite"
    seconds: Any = literal(f"{ahead} seconds" if sqlite else ahead)
    if later:
        cases = [(instant >= at, f"{one} seconds" if sqlite else one) for at, one in reversed(later)]
        seconds = case(*cases, else_=seconds)
    if sqlite:
        return type_coerce(func.date(instant, seconds), Date)
    return cast(func.timezone("UTC", instant) + func.make_interval(0, 0, 0, 0, 0, 0, seconds), Date)


def days_between(later: Any, earlier: Any) -> ColumnElement[int]:
    """How many days lie between two days."""
    if _dialect() == "sqlite":
        return cast(func.julianday(later) - func.julianday(earlier), Integer)
    return type_coerce(later - earlier, Integer)


def _dialect() -> str:
    return str(db.engine.dialect.name)


def _begins(day: date, timezone: str) -> datetime:
    """The instant a day begins at on that wall."""
    return datetime.combine(day, time(), ZoneInfo(timezone))
