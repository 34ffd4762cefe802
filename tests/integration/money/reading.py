"""Rows as they stand, and the accounts of the journal, for tests that follow money."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from app import clock
from app.auth.queries import get_business
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.models import CreditNote, Invoice
from app.invoices.queries.creditable import CreditableLine, creditable_lines
from app.invoices.values import DiscountValue, DraftValues, LineValues
from app.ledger.queries import account_balances
from app.payments.models import Payment
from tests.support.story import Story


def invoice(story: Story, invoice_id: uuid.UUID) -> Invoice:
    """The invoice as the database has it now."""
    db.session.rollback()  # what others committed meanwhile
    return db.session.get_one(Invoice, (story.business_id, invoice_id), populate_existing=True)


def payment(story: Story, payment_id: uuid.UUID) -> Payment:
    """The payment as the database has it now."""
    db.session.rollback()  # what others committed meanwhile
    return db.session.get_one(Payment, (story.business_id, payment_id), populate_existing=True)


def note(story: Story, note_id: uuid.UUID) -> CreditNote:
    """The credit note as the database has it now."""
    db.session.rollback()  # what others committed meanwhile
    return db.session.get_one(CreditNote, (story.business_id, note_id), populate_existing=True)


def lines(story: Story, invoice_id: uuid.UUID) -> list[CreditableLine]:
    """What can be credited of an invoice."""
    return creditable_lines(story.business_id, invoice_id)


def whole(story: Story, invoice_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """All that is left of an invoice, as amounts to credit."""
    return {line.id: line.left_minor for line in lines(story, invoice_id) if line.left_minor}


def books(story: Story) -> dict[str, int]:
    """{account: balance} in naira, accounts that came back to zero left out."""
    return {account: minor for (account, currency), minor in account_balances(story.business_id).items() if minor}


def today(story: Story) -> date:
    """Today at the business."""
    return clock.today(get_business(story.business_id).timezone)


def issue(story: Story, *prices: str, discount: DiscountValue | None = None) -> uuid.UUID:
    """An issued invoice with a taxed line for each price."""
    made = tuple(
        LineValues(f"Line {n}", Decimal(1), Decimal(price), tax_ids=(story.tax_id,))
        for n, price in enumerate(prices, 1)
    )
    values = DraftValues("NGN", today(story), 14, client_id=story.client_id, discount=discount, lines=made)
    draft = invoices.create_draft(story.owner, values, now=clock.now())
    return invoices.issue(story.owner, draft.id, now=clock.now()).id
