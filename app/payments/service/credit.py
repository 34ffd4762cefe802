"""Using a client's credit: what is left of payments and of credit notes settles invoices, by hand or by itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from app import database
from app.auth import audit
from app.auth.models import Business
from app.auth.queries import get_business
from app.auth.rules import Actor
from app.database import among, locked, transactional
from app.errors import Conflict, NotFound
from app.extensions import db
from app.invoices.models import CreditNote, Invoice
from app.invoices.queries import business_today
from app.invoices.rules import refuse_written_off
from app.money import MAX_MINOR
from app.payments.errors import NotPayable
from app.payments.models import Payment
from app.payments.service import books
from app.payments.service.books import Source

SOURCES: dict[str, type[Payment] | type[CreditNote]] = {"payment": Payment, "credit_note": CreditNote}


@transactional
def apply_credit(
    actor: Actor,
    source_id: uuid.UUID,
    invoice_id: uuid.UUID,
    *,
    now: datetime,
    kind: str = "payment",
    amount_minor: int | None = None,
) -> int:
    """Settle an invoice from what is left of a payment or ("credit_note") a credit note. Returns the minor units used.

    `amount_minor` is the most to use; all that is left without it. Raises NotFound, Conflict, WrongState.
    """
    actor.require("staff")
    invoice = locked(Invoice, actor.business_id, invoice_id)
    source: Source | None = locked(SOURCES[kind], actor.business_id, source_id)  # type: ignore[arg-type]
    if invoice is None or source is None or source.client_id != invoice.client_id:
        raise NotFound
    if source.currency != invoice.currency:
        raise Conflict("That credit is in another currency than the invoice.")
    refuse_written_off(invoice.status, invoice.number, "use the credit")
    if not source.unallocated_minor:
        raise Conflict("Nothing of that credit is left to use.")
    wanted = source.unallocated_minor if amount_minor is None else amount_minor
    return settle_from(actor, source, invoice, wanted, now)


def settle_from(actor: Actor, source: Source, invoice: Invoice, wanted_minor: int, now: datetime) -> int:
    """Use up to `wanted_minor` of a source for an invoice, both held already, and tell it. Returns the minor units."""
    today = business_today(get_business(actor.business_id), now)
    taken, now_paid = books.allocate(source, invoice.id, wanted_minor, today, now)
    if taken:
        facts = {"amount_minor": taken, "currency": source.currency, "paid": now_paid}
        facts |= {"payment_id" if isinstance(source, Payment) else "credit_note_id": str(source.id)}
        if isinstance(source, CreditNote):
            facts["reference"] = source.number
        audit.record(actor, "credit_applied", "invoice", invoice.id, now, client_id=invoice.client_id, facts=facts)
        _tell_source(actor, source, "credit_applied", invoice, taken, now)
    return taken


@transactional
def use_credit(
    actor: Actor, client_id: uuid.UUID, invoice_id: uuid.UUID, *, now: datetime, amount_minor: int | None = None
) -> list[tuple[Source, int]]:
    """Settle an invoice from its client's credit, the oldest first: (source, minor units) of what was used.

    `amount_minor` is the most to use; as much as the invoice needs without it. Raises NotFound, also for an invoice of
    another client, NotPayable, and Conflict when there is no credit in its currency; WrongState.
    """
    actor.require("staff")
    invoice = locked(Invoice, actor.business_id, invoice_id)
    if invoice is None or invoice.client_id != client_id:
        raise NotFound
    refuse_written_off(invoice.status, invoice.number, "use the credit")
    left = MAX_MINOR if amount_minor is None else amount_minor
    sources, used = unused(invoice), []
    if not sources:
        raise Conflict("There is no credit in the currency of the invoice.")
    for source in sources:
        taken = settle_from(actor, source, invoice, left, now)
        if not taken:
            break
        used.append((source, taken))
        left -= taken
    if not used:
        raise NotPayable
    return used


@transactional
def take_off(actor: Actor, payment_id: uuid.UUID, invoice_id: uuid.UUID, *, now: datetime) -> int:
    """Take what a payment settles of an invoice off it again: it owes that, and the payment keeps it as credit. Returns
    the minor units. Raises NotFound, also when it settles nothing there, and WrongState while that is written off."""
    actor.require("staff")
    payment = books.held_with_invoices(Payment, actor.business_id, payment_id)
    minor = books.allocated(payment).get(invoice_id, 0)
    invoice = locked(Invoice, actor.business_id, invoice_id) if minor else None
    if invoice is None:
        raise NotFound
    books.release(payment, invoice_id, minor, business_today(get_business(actor.business_id), now), now)
    facts = {"amount_minor": minor, "currency": payment.currency, "payment_id": str(payment_id)}
    audit.record(actor, "credit_released", "invoice", invoice_id, now, client_id=invoice.client_id, facts=facts)
    _tell_source(actor, payment, "credit_released", invoice, minor, now)
    return minor


def _tell_source(actor: Actor, source: Source, verb: str, invoice: Invoice, minor: int, now: datetime) -> None:
    """The same in the timeline of the payment or the credit note, with the invoice it is about."""
    kind = "payment" if isinstance(source, Payment) else "credit_note"
    facts = {"amount_minor": minor, "currency": source.currency, "number": invoice.number}
    audit.record(actor, verb, kind, source.id, now, client_id=source.client_id, facts=facts)


def settle_by_itself(actor: Actor, invoice: Invoice, business: Business, now: datetime) -> None:
    """Settle a new invoice from its client's credit, the oldest first, where the business wants that."""
    if business.apply_credit:
        for source in unused(invoice):
            if not invoice.balance_minor:
                return
            settle_from(actor, source, invoice, invoice.balance_minor, now)


def unused(invoice: Invoice) -> list[Source]:
    """Payments, then credit notes, of an invoice's client with something left in its currency, held; oldest first."""
    found: list[Source] = []
    for model in (Payment, CreditNote):
        mine = (model.business_id == invoice.business_id, model.client_id == invoice.client_id)
        query = select(model).where(*mine, model.currency == invoice.currency, model.unallocated_minor > 0)
        query = query.order_by(model.id).execution_options(populate_existing=True)
        found += db.session.scalars(query.with_for_update() if database.LOCKS else query)
    return found


def whose_credit_is_used(business: Business, client_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of some clients whose new invoices their credit settles by itself."""
    found: set[uuid.UUID] = set()
    for model in (Payment, CreditNote) if business.apply_credit else ():
        mine = (model.business_id == business.id, among(model.client_id, client_ids), model.unallocated_minor > 0)
        found |= set(db.session.scalars(select(model.client_id).where(*mine).distinct()))
    return found
