"""Promises to pay: the record of a client, and what came since one was made; of one business."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true

from app.billing.models import DunningPolicy
from app.billing.queries.dunning_policies import terms_of
from app.billing.rules.dunning import Terms
from app.billing.rules.promises import Record
from app.extensions import db
from app.invoices.models import Invoice
from app.payments.models import Allocation, Payment
from app.reminders.models import Hold

_PROMISE = and_(Hold.kind == "promise", Hold.ended_at.is_(None))


def record_of(business_id: uuid.UUID, client_id: uuid.UUID, today: date, invoice_id: uuid.UUID | None = None) -> Record:
    """How many promises of a client are open, were made within a year, and were kept and broken; and about an invoice.

    One that nobody has judged yet is open still, though its day be over.
    """
    return Record(*map(int, db.session.execute(_record(business_id, client_id, today, invoice_id)).one()))


def _record(
    business_id: uuid.UUID, client_id: uuid.UUID, today: date, invoice_id: uuid.UUID | None = None
) -> Select[Any]:
    year = today - timedelta(days=365)
    open_, broken = Hold.outcome == "", Hold.outcome == "broken"
    told = [open_, func.date(Hold.created_at) > year.isoformat(), Hold.outcome == "kept", broken]
    if db.engine.dialect.name == "postgresql":
        told[1] = func.date(Hold.created_at) > year
    # One about all that they owe is about an invoice, too, if that was there already.
    issued = select(Invoice.issued_at).where(Invoice.business_id == business_id, Invoice.id == invoice_id)
    whole = and_(Hold.client_id == client_id, Hold.created_at >= issued.scalar_subquery())
    here = or_(Hold.invoice_id == invoice_id, whole)
    told += [and_(open_, here), and_(broken, here)]
    of_invoice = and_(Invoice.business_id == Hold.business_id, Invoice.id == Hold.invoice_id)
    theirs = or_(Hold.client_id == client_id, Invoice.client_id == client_id)
    names = ("open", "this_year", "kept", "broken", "open_here", "broken_here")
    sums = (func.coalesce(func.sum(case((one, 1), else_=0)), 0) for one in told)
    query = select(*(one.label(name) for one, name in zip(sums, names, strict=True)))
    query = query.select_from(Hold).outerjoin(Invoice, of_invoice)
    return query.where(Hold.business_id == business_id, _PROMISE, theirs)


def open_promises(business_id: uuid.UUID, limit: int, after: uuid.UUID | None = None) -> list[uuid.UUID]:
    """The next promises that nobody has judged yet, in the order of their ids."""
    query = select(Hold.id).where(Hold.business_id == business_id, _PROMISE, Hold.outcome == "")
    if after is not None:
        query = query.where(Hold.id > after)
    return list(db.session.scalars(query.order_by(Hold.id).limit(limit)))


def came_since(promise: Hold, made_on: date) -> int:
    """What was paid for a promise from its making up to its day, in minor units; what went back is taken off."""
    days: tuple[ColumnElement[bool], ...] = (
        Payment.business_id == promise.business_id,
        Payment.received_on.between(made_on, promise.until),
    )
    if promise.invoice_id is None:
        mine = (Payment.client_id == promise.client_id, Payment.currency == promise.currency)
        query = select(func.coalesce(func.sum(Payment.amount_minor), 0))
        return int(db.session.scalar(query.where(*days, *mine, Payment.reversed_at.is_(None))) or 0)
    of_payment = and_(Payment.business_id == Allocation.business_id, Payment.id == Allocation.payment_id)
    query = select(func.coalesce(func.sum(Allocation.amount_minor), 0)).join(Payment, of_payment)
    mine_ = (Allocation.invoice_id == promise.invoice_id, Allocation.created_at > promise.created_at)
    return int(db.session.scalar(query.where(*days, *mine_)) or 0)


def owes(promise: Hold) -> bool:
    """Whether anything is owed still on the invoice, or by the client, that a promise is about."""
    about = Invoice.id == promise.invoice_id if promise.invoice_id else Invoice.client_id == promise.client_id
    query = select(Invoice.id).where(
        Invoice.business_id == promise.business_id, about, Invoice.status == "open", Invoice.balance_minor > 0
    )
    return db.session.scalar(query.limit(1)) is not None


def overdue_of(business_id: uuid.UUID, client_id: uuid.UUID, today: date) -> Sequence[tuple[str, int]]:
    """(currency, minor units) of what a client owes past its due date."""
    query = (
        select(Invoice.currency, func.sum(Invoice.balance_minor))
        .where(Invoice.business_id == business_id, Invoice.client_id == client_id, Invoice.status == "open")
        .where(Invoice.balance_minor > 0, Invoice.due_date < today)
        .group_by(Invoice.currency)
        .order_by(Invoice.currency)
    )
    return [(row[0], int(row[1])) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Offered:
    """What a customer may promise about an invoice, or `until` when it is promised already."""

    terms: Terms
    record: Record
    until: date | None


def offered_to(business_id: uuid.UUID, client_id: uuid.UUID, invoice_id: uuid.UUID, today: date) -> Offered | None:
    """What a customer may promise; None where the business takes no promises. One statement: it is on their page."""
    usual = (DunningPolicy.client_id.is_(None), DunningPolicy.plan_id.is_(None), DunningPolicy.enabled.is_(True))
    mine = (Hold.business_id == business_id, Hold.invoice_id == invoice_id, _PROMISE, Hold.until >= today)
    until = select(func.max(Hold.until)).where(*mine, Hold.outcome == "").scalar_subquery()
    record = _record(business_id, client_id, today, invoice_id).subquery()
    query = select(DunningPolicy, until.label("promised"), record).join(record, true())
    row = db.session.execute(query.where(DunningPolicy.business_id == business_id, *usual)).first()
    if row is None or not row.DunningPolicy.promise_days:
        return None
    return Offered(terms_of(row.DunningPolicy), Record(*map(int, row[2:])), row.promised)
