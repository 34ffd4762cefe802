"""The rows of payments, attempts and held money, always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, select, union
from sqlalchemy.orm import load_only

from app.errors import NotFound
from app.extensions import db
from app.invoices.models import Invoice
from app.invoices.queries.documents import PaidRow
from app.money import Money
from app.payments.models import Allocation, Attempt, AttemptRef, HeldMoney, Payment
from app.payments.registry import title_of
from app.payments.rules import OPEN_FOR
from app.statements import built

_SETTLED = (
    select(func.sum(Allocation.amount_minor))
    .where(Allocation.business_id == Payment.business_id, Allocation.payment_id == Payment.id)
    .where(Allocation.invoice_id == bindparam("invoice_id"))
    .scalar_subquery()
)
_SETTLING = select(Allocation.payment_id).where(
    Allocation.business_id == bindparam("business_id"), Allocation.invoice_id == bindparam("invoice_id")
)
# Built into the statements: a plan that is kept does not know what a parameter will be, so it could not use
# ix_payment_unused.
_SOMETHING_LEFT = Payment.unallocated_minor > 0
_UNUSED = select(Payment.id).where(
    Payment.business_id == bindparam("business_id"),
    Payment.client_id == bindparam("client_id"),
    Payment.currency == bindparam("currency"),
    _SOMETHING_LEFT,
)
_SHOWN = (
    Payment.client_id,
    Payment.currency,
    Payment.unallocated_minor,
    Payment.method,
    Payment.received_on,
    Payment.reference,
    Payment.gateway,
)
_FOUND = (
    select(Payment, func.coalesce(_SETTLED, 0).label("part"))
    .options(load_only(*_SHOWN))
    .where(Payment.business_id == bindparam("business_id"))
)
_PAID = built(_FOUND.where(Payment.id.in_(_SETTLING)))
_PAID_OR_UNUSED = built(_FOUND.where(Payment.id.in_(union(_SETTLING, _UNUSED))))


def payments_of(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[PaidRow]:
    """What was paid on an invoice and still counts, oldest first."""
    found = _oldest_first(_PAID, {"business_id": business_id, "invoice_id": invoice_id})
    return [_paid(payment, int(part)) for payment, part in found if part]


def paid_and_unused(invoice: Invoice) -> tuple[list[PaidRow], list[Payment]]:
    """What was paid on an invoice, and payments of its client with something left to use; oldest first."""
    values = {"business_id": invoice.business_id, "invoice_id": invoice.id}
    values |= {"client_id": invoice.client_id, "currency": invoice.currency}
    found = _oldest_first(_PAID_OR_UNUSED, values)
    unused = [payment for payment, _ in found if payment.unallocated_minor and payment.client_id == invoice.client_id]
    return [_paid(payment, int(part)) for payment, part in found if part], unused


def _oldest_first(statement: Select[Any], values: Mapping[str, Any]) -> list[Row[Any]]:
    """Payments with the parts that settled the invoice. The few there are get their order here: asked for an order,
    SQLite would walk through all payments of the business in it."""
    found = db.session.execute(statement, values).all()
    return sorted(found, key=lambda row: (row.Payment.received_on, row.Payment.id))


def _paid(payment: Payment, part: int) -> PaidRow:
    amount = Money(part, payment.currency)
    by_hand, through = payment.gateway is None, title_of(payment.gateway)
    return PaidRow(payment.id, payment.method, payment.reference, payment.received_on, amount, by_hand, through)


def find_payment(business_id: uuid.UUID, payment_id: uuid.UUID) -> Payment | None:
    """One payment, or None."""
    return db.session.get(Payment, (business_id, payment_id))


def get_payment(business_id: uuid.UUID, payment_id: uuid.UUID) -> Payment:
    """One payment. Raises NotFound, for another business's too."""
    payment = find_payment(business_id, payment_id)
    if payment is None:
        raise NotFound
    return payment


def payment_behind(attempt: Attempt) -> Payment | None:
    """The money that came through an attempt, or None."""
    query = select(Payment).where(Payment.business_id == attempt.business_id, Payment.gateway == attempt.gateway)
    return db.session.scalar(query.where(Payment.gateway_reference == attempt.reference))


def find_attempt(business_id: uuid.UUID, attempt_id: uuid.UUID) -> Attempt | None:
    """One attempt, or None."""
    return db.session.get(Attempt, (business_id, attempt_id))


def is_being_paid(business_id: uuid.UUID, invoice_id: uuid.UUID, now: datetime) -> bool:
    """Whether a customer went to pay an invoice a while ago at most, and it is not known what became of it."""
    query = select(Attempt.id).where(Attempt.business_id == business_id, Attempt.invoice_id == invoice_id)
    going = (Attempt.state.in_(("new", "started")), Attempt.created_at > now - OPEN_FOR)
    return db.session.scalar(query.where(*going).limit(1)) is not None


def attempt_behind(reference: str) -> Attempt | None:
    """The attempt a reference of ours belongs to, whoever's it is, or None."""
    ref = db.session.get(AttemptRef, reference)
    return find_attempt(ref.business_id, ref.attempt_id) if ref else None


def held(business_id: uuid.UUID) -> list[HeldMoney]:
    """Money that waits for a person to look at it, oldest first."""
    query = select(HeldMoney).where(HeldMoney.business_id == business_id, HeldMoney.resolved_at.is_(None))
    return list(db.session.scalars(query.order_by(HeldMoney.id)))


_TRIED = select(Payment.id).join(
    Attempt,
    and_(
        Attempt.business_id == Payment.business_id,
        Attempt.gateway == Payment.gateway,
        Attempt.reference == Payment.gateway_reference,
    ),
)
_LEFT = built(
    select(func.sum(Payment.unallocated_minor)).where(
        Payment.business_id == bindparam("business_id"),
        Payment.currency == bindparam("currency"),
        Payment.id.in_(
            union(
                _SETTLING,
                _TRIED.where(
                    Attempt.business_id == bindparam("business_id"), Attempt.invoice_id == bindparam("invoice_id")
                ),
            )
        ),
    )
)


def credit_left(business_id: uuid.UUID, invoice_id: uuid.UUID, currency: str) -> Money:
    """What is left of payments that were meant for an invoice: paid too much, too late, or for a void one."""
    values = {"business_id": business_id, "invoice_id": invoice_id, "currency": currency}
    return Money.total(db.session.scalar(_LEFT, values) or 0, currency)


_CREDIT = built(
    select(Payment.currency, func.sum(Payment.unallocated_minor))
    .where(Payment.business_id == bindparam("business_id"), Payment.client_id == bindparam("client_id"))
    .where(_SOMETHING_LEFT)
    .group_by(Payment.currency)
)


def client_credit(business_id: uuid.UUID, client_id: uuid.UUID) -> dict[str, int]:
    """{currency: a client's money not used yet, in minor units}."""
    found = db.session.execute(_CREDIT, {"business_id": business_id, "client_id": client_id})
    return {currency: int(left) for currency, left in found}
