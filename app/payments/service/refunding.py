"""Giving money back: from what is left of a payment or a credit note, or from a payment that settled invoices."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import jobs
from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import in_transaction, locked, new_id, transactional
from app.errors import Invalid, NotFound
from app.extensions import db
from app.invoices.models import CreditNote
from app.invoices.queries import business_today
from app.ledger import service as ledger
from app.ledger.exchange import rounded
from app.ledger.rules import CLIENT_CREDIT, METHODS, Line, cash
from app.money import Money, format_money
from app.payments.errors import AlreadyReversed, FormUsed, NotUndoable
from app.payments.models import Payment, Refund
from app.payments.rules import given_up
from app.payments.service import books
from app.payments.service.books import Source
from app.payments.service.credit import SOURCES

GIVEN_BACK = ("failed", "reversed")
"""States in which no money left, so the credit is there again."""


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What somebody wrote down about money they gave back, or wants to go back over the payment `through_id`."""

    amount: Money
    method: str
    on_date: date
    reason: str
    reference: str = ""
    through_id: uuid.UUID | None = None


def refund(
    actor: Actor,
    kind: str,
    source_id: uuid.UUID,
    told: GivenBack,
    *,
    now: datetime,
    refund_id: uuid.UUID | None = None,
) -> Refund:
    """Give money back from a payment or ("credit_note") a credit note: written down when it was done by hand, asked of
    the payment company with `through_id`.

    What is left of the source goes first. A payment that settled invoices then leaves them, the newest first, and they
    owe again; credit that settled invoices cannot be given back in money. `refund_id` is the form's own id: sending the
    same form twice books once. Raises NotFound, Invalid, AlreadyReversed, FormUsed, WrongState.
    """
    try:
        return _refund(actor, kind, source_id, told, refund_id, now)
    except IntegrityError:
        if in_transaction():
            raise
        return _refund(actor, kind, source_id, told, refund_id, now)


@transactional
def undo_refund(actor: Actor, refund_id: uuid.UUID, reason: str, *, now: datetime) -> Refund:
    """Undo a wrong entry: the money did not leave, and is the client's credit. Raises NotFound, NotUndoable,
    AlreadyReversed."""
    actor.require("staff")
    found = db.session.get(Refund, (actor.business_id, refund_id))
    if found is None:
        raise NotFound
    if found.gateway is not None:
        raise NotUndoable
    source = source_of(found)
    row = locked(Refund, actor.business_id, refund_id)
    if row is None or source is None:
        raise NotFound
    if row.state in GIVEN_BACK:
        raise AlreadyReversed("This refund was undone before.")
    take_back(row, source, "reversed", reason, now)
    _tell(actor, row, source, "refund_reversed", now, reason)
    return row


def take_back(row: Refund, source: Source, state: str, reason: str, now: datetime) -> None:
    """Let a refund that did not happen be credit again, both rows held already; dated today at the business."""
    row.state, row.state_reason, row.settled_at = state, reason, now
    source.refunded_minor -= row.amount_minor
    source.unallocated_minor += row.amount_minor
    source.updated_at = now
    today = business_today(get_business(row.business_id), now)
    _post(row, source, "refund_" + state, today, now, sign=-1)


@transactional
def _refund(
    actor: Actor, kind: str, source_id: uuid.UUID, told: GivenBack, refund_id: uuid.UUID | None, now: datetime
) -> Refund:
    actor.require("staff")
    source: Source = books.held_with_invoices(SOURCES[kind], actor.business_id, source_id)
    known = db.session.get(Refund, (actor.business_id, refund_id)) if refund_id else None
    if known is not None:
        _require_same(known, source, told)
        return known
    if isinstance(source, Payment) and source.reversed_at is not None:
        raise AlreadyReversed
    through = _through(source, told)
    _check(actor, source, through, told, now)
    released = _make_room(source, told, now)
    row = Refund(
        business_id=source.business_id,
        id=refund_id or new_id(),
        client_id=source.client_id,
        payment_id=source.id if isinstance(source, Payment) else None,
        credit_note_id=source.id if isinstance(source, CreditNote) else None,
        currency=source.currency,
        amount_minor=told.amount.minor,
        method=told.method,
        on_date=told.on_date,
        reference=told.reference,
        reason=told.reason,
        state="new" if through else "done",
        gateway=through.gateway if through else None,
        through_id=through.id if through else None,
        created_by=actor.person_id,
        created_at=now,
        settled_at=None if through else now,
    )
    db.session.add(row)
    source.unallocated_minor -= row.amount_minor
    source.refunded_minor += row.amount_minor
    source.updated_at = now
    db.session.flush()
    _post(row, source, "refund", told.on_date, now, sign=1)
    _tell(actor, row, source, "refunded", now)
    if through:
        jobs.enqueue("payments.refund", f"refund:{row.id}", {"refund_id": str(row.id)}, business_id=row.business_id)
    for invoice_id, minor in released.items():
        facts = {"amount_minor": minor, "currency": row.currency, "reason": row.reason, "refund_id": str(row.id)}
        audit.record(actor, "refunded", "invoice", invoice_id, now, client_id=row.client_id, facts=facts)
    return row


def lose(payment: Payment, money: Money, reason: str, gateway_reference: str, now: datetime) -> Refund:
    """Book what a bank took back of a payment, held already with its invoices: credit first, then what it settled,
    which is owed again. `gateway_reference` names it for ever. Raises WrongState while an invoice of it is written off.
    """
    today = business_today(get_business(payment.business_id), now)
    released = _make_room(payment, GivenBack(money, "gateway", today, reason), now)
    row = Refund(
        business_id=payment.business_id,
        id=new_id(),
        kind="dispute",
        client_id=payment.client_id,
        payment_id=payment.id,
        through_id=payment.id,
        currency=money.currency,
        amount_minor=money.minor,
        method="gateway",
        on_date=today,
        reason=reason,
        state="done",
        gateway=payment.gateway,
        gateway_reference=gateway_reference,
        created_at=now,
        settled_at=now,
    )
    db.session.add(row)
    payment.unallocated_minor -= money.minor
    payment.refunded_minor += money.minor
    payment.updated_at = now
    db.session.flush()
    _post(row, payment, "dispute", today, now, sign=1)
    facts = {"amount_minor": money.minor, "currency": money.currency, "reason": reason, "refund_id": str(row.id)}
    about = [("payment", payment.id, money.minor), *(("invoice", one, minor) for one, minor in released.items())]
    for kind, object_id, minor in about:
        shown = facts | {"amount_minor": minor}
        system = Actor.system(payment.business_id)
        audit.record(system, "charged_back", kind, object_id, now, client_id=payment.client_id, facts=shown)
    return row


def refundable(source: Source) -> int:
    """How much of a payment or a credit note can be given back in money, in minor units."""
    if isinstance(source, CreditNote):
        return source.unallocated_minor
    return source.amount_minor - source.refunded_minor if source.reversed_at is None else 0


def _through(source: Source, told: GivenBack) -> Payment | None:
    """The payment over which money goes back, held. Raises NotFound for one it cannot go back over."""
    if told.through_id is None:
        return None
    same = isinstance(source, Payment) and source.id == told.through_id
    through = source if same else locked(Payment, source.business_id, told.through_id)
    if not isinstance(through, Payment) or through.gateway is None or through.client_id != source.client_id:
        raise NotFound
    return through


def _check(actor: Actor, source: Source, through: Payment | None, told: GivenBack, now: datetime) -> None:
    problems: dict[str, list[str]] = {}
    most = refundable(source)
    if told.amount.currency != source.currency:
        problems["amount"] = [f"This money is in {source.currency}."]
    elif told.amount.minor <= 0:
        problems["amount"] = ["Enter an amount above zero."]
    elif told.amount.minor > most:
        problems["amount"] = [f"At most {format_money(Money(most, source.currency))} of it can be given back."]
    elif through and told.amount.minor > (room := refundable_over(through)):
        limit = format_money(Money(room, source.currency))
        problems["amount"] = [f"At most {limit} can go back over that payment."]
    if told.method not in METHODS or (told.method == "gateway") != (through is not None):
        problems["method"] = ["Choose how it was given back."]
    if told.on_date > business_today(get_business(actor.business_id), now):
        problems["on_date"] = ["That day has not come yet."]
    elif isinstance(source, Payment) and told.on_date < source.received_on:
        came = f"{source.received_on.day} {source.received_on:%B %Y}"
        problems["on_date"] = [f"The money came on {came}: it cannot have gone back before."]
    if problems:
        raise Invalid(problems)


def _make_room(source: Source, told: GivenBack, now: datetime) -> dict[uuid.UUID, int]:
    """Free as much of a payment as the refund needs beyond its credit. Returns {invoice: minor units owed again}."""
    missing = told.amount.minor - source.unallocated_minor
    settled = dict(sorted(books.allocated(source).items())) if missing > 0 else {}
    losses = zip(settled, given_up(missing, list(settled.values())), strict=True)
    released = {invoice_id: minor for invoice_id, minor in losses if minor}
    for invoice_id, minor in released.items():
        books.release(source, invoice_id, minor, told.on_date, now)
    return released


def refundable_over(payment: Payment) -> int:
    """How much a payment company can still give back over a payment, in minor units."""
    mine = (Refund.business_id == payment.business_id, Refund.through_id == payment.id)
    gone = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(*mine, Refund.state.not_in(GIVEN_BACK))
    return payment.amount_minor - int(db.session.scalar(gone) or 0)


def source_of(row: Refund) -> Source | None:
    """What a refund came from, held."""
    if row.payment_id is not None:
        return locked(Payment, row.business_id, row.payment_id)
    return locked(CreditNote, row.business_id, row.credit_note_id)  # type: ignore[arg-type]


def _require_same(known: Refund, source: Source, told: GivenBack) -> None:
    booked = GivenBack(
        Money(known.amount_minor, known.currency),
        known.method,
        known.on_date,
        known.reason,
        known.reference,
        known.through_id,
    )
    if source.id not in (known.payment_id, known.credit_note_id) or booked != told or known.state in GIVEN_BACK:
        raise FormUsed


def _post(row: Refund, source: Source, kind: str, on_date: date, now: datetime, sign: int) -> None:
    """Post a refund that the source says already, at the rate of the source."""
    money = Money(sign * row.amount_minor, row.currency)
    lines = [Line(CLIENT_CREDIT, money, row.client_id), Line(cash(row.method), -money, row.client_id)]
    if rate := source.rate:
        left, gone = source.unallocated_minor, source.refunded_minor
        bases = (-rate.moved((left + money.minor, left)), -rate.moved((gone - money.minor, gone)))
        lines = rounded([replace(line, base=base) for line, base in zip(lines, bases, strict=True)])
    ledger.post(row.business_id, kind, "refund", row.id, on_date, now, lines, memo=row.reference)


def facts_of(row: Refund, reason: str) -> dict[str, str | int | None]:
    """What the trail says of a refund and how it stands."""
    over = row.payment_id or row.through_id
    return {
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "method": row.method,
        "reason": reason,
        "refund_id": str(row.id),
        "payment_id": str(over) if over else None,
        "on_date": row.on_date.isoformat(),
        "state": row.state,
    }


def _tell(actor: Actor, row: Refund, source: Source, verb: str, now: datetime, reason: str = "") -> None:
    facts = facts_of(row, reason or row.reason)
    kind = "payment" if isinstance(source, Payment) else "credit_note"
    audit.record(actor, verb, kind, source.id, now, client_id=row.client_id, facts=facts)
