"""Documents worked by hand (tests/golden/), the whole way: drafted, issued, stored, and posted to the journal."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.catalog import service as catalog
from app.catalog.rules import TaxValues
from app.database import writing
from app.extensions import db
from app.invoices import checks
from app.invoices import service as invoices
from app.invoices.models import Invoice, InvoiceFigure, InvoiceLine
from app.invoices.rules import Discount, TaxRate
from app.invoices.values import DiscountValue, LineValues
from app.ledger.models import JournalEntry, JournalLine
from app.ledger.rules import DISCOUNTS, RECEIVABLE, REVENUE, TAX
from app.money import exponent
from tests.support.golden import Figure, Golden, golden, tax_label
from tests.support.story import Story

Taxes = dict[TaxRate, uuid.UUID]


def storable(made: Golden) -> bool:
    """Whether it can be issued: with a line, and taxes of at most 100 percent."""
    return bool(made.document.lines) and all(tax.rate <= 100 for line in made.document.lines for tax in line.taxes)


CHOSEN = [made for place, made in enumerate(golden()) if storable(made) and (place % 11 == 0 or "largest" in made.name)]


def test_the_figures_worked_by_hand_are_what_is_stored_and_posted(ours: Story):
    taxes: Taxes = {}
    assert len(CHOSEN) >= 20
    for made in CHOSEN:
        invoice_id = issued(ours, made, taxes)
        assert stored(ours.business_id, invoice_id) == expected(made), made.name
        assert posted(ours.business_id, invoice_id) == postings(made), made.name
    for check in checks.CHECKS:
        assert list(check(ours.business_id, clock.now())) == []


def issued(story: Story, made: Golden, taxes: Taxes) -> uuid.UUID:
    """Draft the document as it was typed, and issue it."""
    now, document = clock.now(), made.document
    lines = tuple(
        LineValues(
            f"Line {place}",
            line.quantity,
            line.unit_price,
            discount=typed(line.discount, document.currency),
            tax_ids=tuple(in_catalog(story, tax, taxes, now) for tax in line.taxes),
        )
        for place, line in enumerate(document.lines, 1)
    )
    discount = typed(document.discount, document.currency)
    values = replace(story.draft_values(), currency=document.currency, lines=lines, discount=discount)
    invoice_id = invoices.create_draft(story.owner, values, now=now).id
    with writing() as session:
        session.get_one(Invoice, (story.business_id, invoice_id)).tax_rounding = document.rounding
    invoices.issue(story.owner, invoice_id, now=now)
    db.session.remove()
    return invoice_id


def typed(discount: Discount | None, currency: str) -> DiscountValue | None:
    """A discount as a person types it: amounts in major units."""
    if discount is None:
        return None
    return discount.kind, discount.value.scaleb(-exponent(currency)) if discount.kind == "amount" else discount.value


def in_catalog(story: Story, tax: TaxRate, taxes: Taxes, now: datetime) -> uuid.UUID:
    """The tax among those of the business, made when it is needed first."""
    if tax not in taxes:
        pricing = "inclusive" if tax.inclusive else "exclusive"
        made = catalog.create_tax(story.owner, TaxValues(tax_label(tax), tax.rate, pricing, tax.compound), now)
        taxes[tax] = made.id
    return taxes[tax]


def stored(business_id: uuid.UUID, invoice_id: uuid.UUID) -> dict[Figure, int]:
    """Every figure of an issued invoice as its rows say."""
    invoice = db.session.get_one(Invoice, (business_id, invoice_id))
    found = {
        Figure(None, "subtotal"): invoice.subtotal_minor,
        Figure(None, "discounts"): invoice.discount_minor,
        Figure(None, "net"): invoice.net_minor,
        Figure(None, "tax"): invoice.tax_minor,
        Figure(None, "total"): invoice.total_minor,
        Figure(None, "balance"): invoice.balance_minor,
    }
    rows = select(InvoiceLine).where(InvoiceLine.invoice_id == invoice_id).order_by(InvoiceLine.position)
    lines = {line.id: place for place, line in enumerate(db.session.scalars(rows), 1)}
    for line in db.session.scalars(rows):
        found[Figure(lines[line.id], "")] = line.gross_minor
        found[Figure(lines[line.id], "discount")] = line.discount_minor
        found[Figure(lines[line.id], "net")] = line.net_minor
    for row in db.session.scalars(select(InvoiceFigure).where(InvoiceFigure.invoice_id == invoice_id)):
        if row.kind == "tax":
            found[Figure(lines[row.line_id], row.label)] = row.amount_minor
    return found


def expected(made: Golden) -> dict[Figure, int]:
    """The same figures as they were worked by hand."""
    figures = made.figures()
    lines = range(1, len(made.document.lines) + 1)
    found = {Figure(None, what): figures.get(Figure(None, what), 0) for what in ("subtotal", "net", "tax", "total")}
    found[Figure(None, "balance")] = figures[None, "total"]
    found[Figure(None, "discounts")] = sum(
        figures.get(Figure(None, what), 0) for what in ("discounts on lines", "discount")
    )
    for line, own in zip(lines, made.document.lines, strict=True):
        found |= {Figure(line, what): figures.get(Figure(line, what), 0) for what in ("", "discount", "net")}
        found |= {Figure(line, tax_label(tax)): figures[line, tax_label(tax)] for tax in own.taxes}
    return found


def posted(business_id: uuid.UUID, invoice_id: uuid.UUID) -> dict[str, int]:
    """What the issue moved in the journal, by account."""
    lines = select(JournalLine.account, JournalLine.amount_minor).join(
        JournalEntry, (JournalEntry.business_id == JournalLine.business_id) & (JournalEntry.id == JournalLine.entry_id)
    )
    mine = lines.where(JournalLine.business_id == business_id, JournalEntry.source_id == invoice_id)
    return dict(tuple(row) for row in db.session.execute(mine))


def postings(made: Golden) -> dict[str, int]:
    """The same by hand: what is owed, against revenue before discounts, discounts, and tax."""
    figures = expected(made)
    off = figures[None, "discounts"]
    accounts = {
        RECEIVABLE: figures[None, "total"],
        DISCOUNTS: off,
        REVENUE: -(figures[None, "net"] + off),
        TAX: -figures[None, "tax"],
    }
    return {account: minor for account, minor in accounts.items() if minor}
