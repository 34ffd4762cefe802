"""Late fees: issued invoices never change, so each is an invoice of its own, made once by a step of the ladder."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from babel.dates import format_date

from app.auth import audit
from app.auth.rules import Actor
from app.billing.models import LateFee
from app.billing.queries.dunning import faced
from app.billing.queries.fees import fee_of
from app.billing.rules.dunning import spared
from app.catalog.queries import live_taxes
from app.clients.queries import get_client
from app.database import locked, new_id, transactional
from app.errors import NotFound
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.errors import NobodyToSendTo
from app.invoices.models import CreditNote, Invoice
from app.invoices.queries.creditable import creditable_lines
from app.invoices.service.drafts import default_terms
from app.invoices.values import DraftValues, LineValues
from app.messages.service import Unreachable
from app.money import Money
from app.payments.service import credit_invoice
from app.reminders.queries import Desk, Outlook, ladder_step, outlook_at
from app.reminders.rules import Planned
from app.reminders.service.writing import claim


@transactional
def charge_late_fee(actor: Actor, desk: Desk, one: Outlook, step: Planned, now: datetime) -> None:
    """Bill the late fee of a step once, where it is still due when the invoice is held; a spared client pays none."""
    business = desk.business
    invoice, row = locked(Invoice, business.id, one.invoice_id), ladder_step(business.id, step.rung.id)
    fresh = outlook_at(desk, one.invoice_id) if invoice is not None else None
    if invoice is None or row is None or fresh is None or not _is_due(fresh, step):
        return
    [found] = faced(desk, [(fresh, step)])
    if spared(found.case, found.terms) or not claim(actor, invoice.id, step.rung, step.on, "done", now):
        return
    fee = fee_of(business.id, row.id, invoice.balance_minor)
    if fee <= 0:
        return
    client = get_client(business.id, one.client_id)
    language = client.language or business.language
    days = (desk.today - invoice.due_date).days
    on = format_date(desk.today, "d MMMM y", locale=language)
    taxes = tuple(tax.id for tax in live_taxes(business.id) if tax.is_default) if row.fee_taxed else ()
    values = DraftValues(
        currency=invoice.currency,
        issue_date=desk.today,
        terms_days=default_terms(business, client.terms_days),
        client_id=client.id,
        lines=(
            LineValues(
                f"Late fee on {invoice.number}, {days} days overdue on {on}",
                Decimal(1),
                Money(fee, invoice.currency).decimal,
                tax_ids=taxes,
            ),
        ),
    )
    made = invoices.issue(actor, invoices.create_draft(actor, values, now=now).id, now=now)
    keys = {"invoice_id": invoice.id, "step_id": step.rung.id, "fee_invoice_id": made.id}
    db.session.add(LateFee(business_id=business.id, id=new_id(), created_at=now, **keys))
    facts = {"number": made.number, "of": invoice.number, "minor": fee, "currency": invoice.currency, "days": days}
    audit.record(actor, "late_fee", "invoice", invoice.id, now, client_id=client.id, facts=facts)
    audit.record(actor, "is_late_fee", "invoice", made.id, now, client_id=client.id, facts=facts)
    try:
        invoices.send(actor, made.id, now=now)
    except (NobodyToSendTo, Unreachable):
        return


@transactional
def waive_late_fee(actor: Actor, fee_invoice_id: uuid.UUID, reason: str, *, now: datetime) -> CreditNote:
    """Take a late fee back by a credit note over all that is left of it. Needs staff.

    Raises NotFound for what is no late fee, and what crediting raises.
    """
    actor.require("staff")
    if locked(Invoice, actor.business_id, fee_invoice_id) is None or not is_late_fee(actor.business_id, fee_invoice_id):
        raise NotFound
    left = {line.id: line.left_minor for line in creditable_lines(actor.business_id, fee_invoice_id)}
    amounts = {id: minor for id, minor in left.items() if minor > 0}
    return credit_invoice(actor, fee_invoice_id, amounts, reason or "Late fee waived", now=now)


def is_late_fee(business_id: uuid.UUID, invoice_id: uuid.UUID) -> bool:
    """Whether an invoice is a late fee."""
    mine = (LateFee.business_id == business_id, LateFee.fee_invoice_id == invoice_id)
    return db.session.query(LateFee.id).filter(*mine).first() is not None


def _is_due(one: Outlook, step: Planned) -> bool:
    return any(now.rung.id == step.rung.id and now.state == "due" for now in one.steps)
