"""Writing off what is not going to be paid, and recovering it: the balance leaves the receivables as bad debt and comes
back."""

from __future__ import annotations

import uuid
from datetime import datetime

from app.auth import audit
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices import queries
from app.invoices.models import Invoice, WriteOff
from app.invoices.rules import move, write_off_move
from app.invoices.service.settled import tell_settled
from app.ledger import service as ledger
from app.ledger.exchange import in_base
from app.ledger.rules import BAD_DEBT, RECEIVABLE, Line
from app.money import Money


@transactional
def write_off(actor: Actor, invoice_id: uuid.UUID, reason: str, *, now: datetime) -> Invoice:
    """Give up what is still owed on an open invoice; what was paid stays paid.

    Raises NotFound, and WrongState for one that is not open or owes nothing.
    """
    actor.require("staff")
    invoice = _held(actor.business_id, invoice_id)
    target = write_off_move(invoice.status, invoice.balance_minor)
    amount = invoice.balance_minor
    invoice.status, invoice.written_off_minor = target, amount
    invoice.owe(0)
    _book(actor, invoice, "write_off", amount, reason, now)
    _tell(actor, invoice, "written_off", amount, reason, now)
    tell_settled(invoice)
    return invoice


@transactional
def recover(actor: Actor, invoice_id: uuid.UUID, reason: str, *, now: datetime) -> Invoice:
    """Let a written off invoice owe again what was written off. Raises NotFound, WrongState."""
    actor.require("staff")
    invoice = _held(actor.business_id, invoice_id)
    target = move(invoice.status, "recover")
    amount = invoice.written_off_minor
    invoice.status, invoice.written_off_minor = target, 0
    invoice.owe(amount)
    _book(actor, invoice, "recovery", -amount, reason, now)
    _tell(actor, invoice, "recovered", amount, reason, now)
    return invoice


def _held(business_id: uuid.UUID, invoice_id: uuid.UUID) -> Invoice:
    invoice = locked(Invoice, business_id, invoice_id)
    if invoice is None:
        raise NotFound
    return invoice


def _book(actor: Actor, invoice: Invoice, kind: str, amount_minor: int, reason: str, now: datetime) -> None:
    """Keep the row and post it, dated today at the business; the row is the source, since this may happen again."""
    invoice.updated_at = now
    today = queries.business_today(get_business(actor.business_id), now)
    row = WriteOff(
        business_id=invoice.business_id,
        id=new_id(),
        invoice_id=invoice.id,
        amount_minor=amount_minor,
        reason=reason,
        on_date=today,
        at=now,
        created_by=actor.person_id,
    )
    db.session.add(row)
    db.session.flush()
    money = Money(amount_minor, invoice.currency)
    lines = [
        Line(BAD_DEBT, money, invoice.client_id, invoice.id),
        Line(RECEIVABLE, -money, invoice.client_id, invoice.id),
    ]
    posted = in_base(lines, invoice.rate)
    ledger.post(invoice.business_id, kind, "write_off", row.id, today, now, posted, memo=invoice.number or "")


def _tell(actor: Actor, invoice: Invoice, verb: str, amount_minor: int, reason: str, now: datetime) -> None:
    facts = {
        "number": invoice.number,
        "amount_minor": amount_minor,
        "currency": invoice.currency,
        "reason": reason,
    }
    audit.record(actor, verb, "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)
