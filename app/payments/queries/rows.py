"""The rows of payments, attempts and held money, always of one business."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, false, func, literal, null, select, union, union_all

from app.errors import NotFound
from app.extensions import db
from app.invoices.models import CreditNote, Invoice
from app.invoices.queries.paid import CREDIT_NOTE, PaidRow
from app.money import Money
from app.payments.models import Allocation, Attempt, AttemptRef, HeldMoney, Payment, SavedCard
from app.payments.registry import title_of
from app.payments.rules import OPEN_FOR
from app.statements import built

CARD = "card"


class CreditSource(NamedTuple):
    """A payment or a credit note: what of it is left, settles invoices (`settled`), and settles the one asked about
    (`part`), which it may correct."""

    kind: str
    id: uuid.UUID
    client_id: uuid.UUID
    currency: str
    left_minor: int
    method: str
    on: date
    reference: str
    gateway: str | None
    note: str
    booked_at: datetime
    settled_minor: int
    back_minor: int
    corrects: bool
    part_minor: int


_MINE = Allocation.business_id == bindparam("business_id")
_THIS = Allocation.invoice_id == bindparam("invoice_id")
_SETTLING = select(Allocation.payment_id).where(_MINE, _THIS, Allocation.payment_id.is_not(None))


def _sources(model: Any, column: Any, kind: str, *shown: Any) -> Select[Any]:
    """Sources of one kind, each with the part that settles the invoice."""
    part = select(func.sum(Allocation.amount_minor)).where(_MINE, _THIS, column == model.id).scalar_subquery()
    return select(
        literal(kind).label("kind"),
        model.id,
        model.client_id,
        model.currency,
        model.unallocated_minor,
        *shown,
        func.coalesce(part, 0).label("part"),
    ).where(model.business_id == bindparam("business_id"))


def _settling(column: Any) -> Select[Any]:
    return select(column).where(_MINE, _THIS, column.is_not(None))


def _unused(model: Any) -> Select[Any]:
    return select(model.id).where(
        model.business_id == bindparam("business_id"),
        model.client_id == bindparam("client_id"),
        model.currency == bindparam("currency"),
        model.unallocated_minor > 0,
    )


_PAYMENTS = _sources(
    Payment,
    Allocation.payment_id,
    "payment",
    Payment.method,
    Payment.received_on,
    Payment.reference,
    Payment.gateway,
    Payment.note,
    Payment.created_at,
    (Payment.amount_minor - Payment.unallocated_minor - Payment.refunded_minor).label("settled"),
    Payment.refunded_minor.label("back"),
    false().label("corrects"),
)
_NOTES = _sources(
    CreditNote,
    Allocation.credit_note_id,
    CREDIT_NOTE,
    literal(CREDIT_NOTE),
    CreditNote.issue_date,
    CreditNote.number,
    null(),
    literal(""),
    CreditNote.issued_at,
    (CreditNote.total_minor - CreditNote.unallocated_minor - CreditNote.refunded_minor).label("settled"),
    CreditNote.refunded_minor.label("back"),
    (CreditNote.invoice_id == bindparam("invoice_id")).label("corrects"),
)
# Whether a card is kept is asked along with the rest: nearly always there is none, and then nothing more is asked.
_CARDS = select(
    literal(CARD).label("kind"),
    SavedCard.id,
    SavedCard.client_id,
    literal(""),
    literal(0),
    literal(""),
    null(),
    literal(""),
    null(),
    literal(""),
    null(),
    literal(0),
    literal(0),
    false(),
    literal(0),
).where(
    SavedCard.business_id == bindparam("business_id"),
    SavedCard.client_id == bindparam("client_id"),
    SavedCard.status != "removed",
)
_PAID = built(
    union_all(
        _PAYMENTS.where(Payment.id.in_(_settling(Allocation.payment_id))),
        _NOTES.where(CreditNote.id.in_(_settling(Allocation.credit_note_id))),
    )
)
_PAID_OR_UNUSED = built(
    union_all(
        _PAYMENTS.where(Payment.id.in_(union(_settling(Allocation.payment_id), _unused(Payment)))),
        _NOTES.where(CreditNote.id.in_(union(_settling(Allocation.credit_note_id), _unused(CreditNote)))),
        _CARDS,
    )
)


def payments_of(business_id: uuid.UUID, invoice_id: uuid.UUID) -> list[PaidRow]:
    """What was paid or credited on an invoice and still counts, oldest first."""
    found = _oldest_first(db.session.execute(_PAID, {"business_id": business_id, "invoice_id": invoice_id}))
    return [_paid(one) for one in found if one.part_minor]


def paid_and_unused(invoice: Invoice) -> tuple[list[PaidRow], list[CreditSource], bool]:
    """What was paid or credited on an invoice, what of its client's credit is left to use, oldest first, and whether we
    keep a card of the client."""
    values = {"business_id": invoice.business_id, "invoice_id": invoice.id}
    values |= {"client_id": invoice.client_id, "currency": invoice.currency}
    rows = db.session.execute(_PAID_OR_UNUSED, values).all()
    found = _oldest_first(row for row in rows if row.kind != CARD)
    unused = [one for one in found if one.left_minor and one.client_id == invoice.client_id]
    return [_paid(one) for one in found if one.part_minor], unused, len(found) < len(rows)


def _oldest_first(rows: Iterable[Any]) -> list[CreditSource]:
    """Sources with the parts that settled the invoice. The few there are get their order here: asked for an order,
    SQLite would walk through all payments of the business in it."""
    found = [CreditSource(*row[:-1], int(row[-1])) for row in rows]
    return sorted(found, key=lambda one: (one.on, one.id))


def _paid(one: CreditSource) -> PaidRow:
    amount = Money(one.part_minor, one.currency)
    by_hand = one.kind == "payment" and one.gateway is None
    return PaidRow(
        one.id,
        one.method,
        one.reference,
        one.on,
        amount,
        by_hand=by_hand,
        through=title_of(one.gateway),
        # What staff noted for themselves is nobody else's affair.
        paid_with=one.note if one.gateway else "",
        booked_at=one.booked_at,
        whole=one.settled_minor == one.part_minor,
        came=Money(one.settled_minor + one.left_minor + one.back_minor, one.currency),
        back=Money(one.back_minor, one.currency),
        corrects=bool(one.corrects),
    )


def settles_alone(business_id: uuid.UUID, invoice_id: uuid.UUID, source_id: uuid.UUID) -> bool:
    """Whether a payment or a credit note settled this invoice, and nothing else."""
    return any(row.source_id == source_id and row.whole for row in payments_of(business_id, invoice_id))


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


def _credit_of(model: Any) -> Select[Any]:
    mine = (model.business_id == bindparam("business_id"), model.client_id == bindparam("client_id"))
    left = select(model.currency, func.sum(model.unallocated_minor).label("left"))
    return left.where(*mine, model.unallocated_minor > 0).group_by(model.currency)


_CREDIT = built(union_all(_credit_of(Payment), _credit_of(CreditNote)))


def client_credit(business_id: uuid.UUID, client_id: uuid.UUID) -> dict[str, int]:
    """{currency: what of a client's payments and credit notes is not used yet, in minor units}."""
    found: dict[str, int] = {}
    for currency, left in db.session.execute(_CREDIT, {"business_id": business_id, "client_id": client_id}):
        found[currency] = found.get(currency, 0) + int(left)
    return found
