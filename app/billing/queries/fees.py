"""Which late fees would be charged now, and which were; of one business."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select

from app.billing.models import LateFee
from app.billing.queries.dunning import faced
from app.billing.rules.dunning import late_fee, spared
from app.extensions import db
from app.invoices.models import Invoice
from app.money import Money
from app.reminders.queries import due_ids, get_desk, ladder_step, outlooks_at
from app.reminders.queries.finding import Place

CHUNK = 100
_FEE, _OF = Invoice.__table__.alias("fee"), Invoice.__table__.alias("charged_for")
fee, of = _FEE.c, _OF.c
"""The invoice of a late fee, and the one it was charged for."""


@dataclass(frozen=True, slots=True)
class Fee:
    """A late fee before taxes on an invoice that is so many days overdue; `why` it is not charged, if so.

    `fee_number` is its own once it is charged; then `amount` is all that is to be paid for it.
    """

    client_name: str
    number: str
    days: int
    amount: Money
    why: str = ""
    fee_number: str = ""


@dataclass(frozen=True, slots=True)
class FeeLeft:
    """A late fee that is owed although `number`, which it was charged for, is not: nobody is reminded of it."""

    invoice_id: uuid.UUID
    client_name: str
    number: str
    fee_number: str
    due: date
    owed: Money


def fees_ahead(business_id: uuid.UUID, now: datetime) -> list[Fee]:
    """The late fees that are due now, also those that the rules spare; changes nothing."""
    desk = get_desk(business_id, now)
    found: list[Fee] = []
    after: Place | None = None
    while "late_fee" in desk.in_force:
        places = due_ids(desk, after, CHUNK)
        steps = [(one, step) for one in outlooks_at(desk, [id for _, id in places]) for step in one.steps]
        for case in faced(desk, [at for at in steps if at[1].rung.kind == "late_fee" and at[1].state == "due"]):
            one = case.outlook
            owed = db.session.get_one(Invoice, (business_id, one.invoice_id)).balance_minor
            comes_to = Money(fee_of(business_id, case.step.rung.id, owed), case.case.currency)
            if comes_to.minor > 0:
                why = spared(case.case, case.terms)
                found.append(Fee(one.client_name, one.number, (desk.today - one.due).days, comes_to, why))
        if len(places) < CHUNK:
            break
        after = places[-1]
    return found


def fee_of(business_id: uuid.UUID, step_id: uuid.UUID, owed_minor: int) -> int:
    """What the late fee of a step comes to before taxes, in minor units; 0 where there is no such step."""
    row = ladder_step(business_id, step_id)
    if row is None:
        return 0
    return late_fee(owed_minor, row.fee_percent, row.fee_minor, row.fee_least_minor, row.fee_most_minor)


def fees_on(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[uuid.UUID]:
    """The invoices of the late fees on an invoice, in the order of their ids."""
    mine = (LateFee.business_id == business_id, LateFee.invoice_id == invoice_id)
    return list(db.session.scalars(select(LateFee.fee_invoice_id).where(*mine).order_by(LateFee.fee_invoice_id)))


def fees_left(business_id: uuid.UUID, today: date, limit: int) -> list[FeeLeft]:
    """Late fees that are overdue and owed although nothing is owed any more of what was late; the oldest first."""
    shown = (fee.id, fee.buyer_name, of.number, fee.number, fee.due_date, fee.balance_minor, fee.currency)
    query = left_over(select(*shown)).where(LateFee.business_id == business_id, fee.due_date < today)
    return [
        FeeLeft(id, name, main or "", own or "", due, Money(minor, currency))
        for id, name, main, own, due, minor, currency in db.session.execute(
            query.order_by(fee.due_date, fee.id).limit(limit)
        )
    ]


def left_over(query: Select[Any]) -> Select[Any]:
    """The late fees among `fee` that are owed alone; `of` is what each was charged for."""
    return (
        query.select_from(LateFee)
        .join(_FEE, and_(fee.business_id == LateFee.business_id, fee.id == LateFee.fee_invoice_id))
        .join(_OF, and_(of.business_id == LateFee.business_id, of.id == LateFee.invoice_id))
        .where(fee.status == "open", fee.balance_minor > 0, or_(of.status != "open", of.balance_minor == 0))
    )


def fees_since(business_id: uuid.UUID, since: datetime) -> list[Fee]:
    """The late fees that were charged from an instant on, in order."""
    query = (
        select(fee.buyer_name, of.number, fee.issue_date, of.due_date, fee.total_minor, fee.currency, fee.number)
        .select_from(LateFee)
        .join(_FEE, and_(fee.business_id == LateFee.business_id, fee.id == LateFee.fee_invoice_id))
        .join(_OF, and_(of.business_id == LateFee.business_id, of.id == LateFee.invoice_id))
        .where(LateFee.business_id == business_id, LateFee.created_at >= since)
    )
    rows = db.session.execute(query.order_by(LateFee.id))
    return [
        Fee(name, number or "", (on - due).days, Money(minor, currency), fee_number=own or "")
        for name, number, on, due, minor, currency, own in rows
    ]
