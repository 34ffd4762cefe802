"""Documents and money in another currency, and what the journal says they are worth in the business's own."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select, update

from app import clock
from app.auth.models import Business
from app.database import writing
from app.extensions import db
from app.invoices import service as invoices
from app.invoices.values import DraftValues, LineValues
from app.ledger.models import JournalLine
from app.ledger.rates import add_rate
from app.money import Money
from app.payments import service as payments
from tests.integration.money import reading
from tests.integration.money.reading import today
from tests.support.story import Story


def based(story: Story) -> dict[str, int]:
    """{account: what the journal says it is worth in the base currency}, accounts worth nothing left out."""
    db.session.rollback()
    sums: dict[str, int] = defaultdict(int)
    query = select(JournalLine.account, JournalLine.base_minor).where(JournalLine.business_id == story.business_id)
    for account, minor in db.session.execute(query.where(JournalLine.base_minor.is_not(None))):
        sums[account] += minor
    return {account: minor for account, minor in sums.items() if minor}


def own(story: Story) -> dict[str, int]:
    """{account: balance} in the only currency of the documents, accounts that came back to nothing left out."""
    return reading.books(story)


def count_in(story: Story, currency: str) -> None:
    """Let the business keep its books in another currency."""
    with writing():
        mine = update(Business).where(Business.id == story.business_id)
        db.session.execute(mine.values(currency=currency, version=Business.version + 1))


def rate(story: Story, value: str, currency: str = "USD", day: date | None = None) -> None:
    add_rate(story.owner, currency, day or today(story) - timedelta(days=60), Decimal(value), now=clock.now())


def bill(
    story: Story,
    price: str = "100.00",
    currency: str = "USD",
    typed: str | None = None,
    *,
    taxed: bool = False,
    day: date | None = None,
) -> uuid.UUID:
    """An issued invoice over one line."""
    line = LineValues("Fibre", Decimal(1), Decimal(price), tax_ids=(story.tax_id,) if taxed else ())
    at = Decimal(typed) if typed else None
    values = DraftValues(currency, day or today(story), 14, client_id=story.client_id, lines=(line,), rate=at)
    draft = invoices.create_draft(story.owner, values, now=clock.now())
    return invoices.issue(story.owner, draft.id, now=clock.now()).id


def pay(
    story: Story,
    invoice_id: uuid.UUID,
    minor: int,
    typed: str | None = None,
    currency: str = "USD",
    day: date | None = None,
) -> uuid.UUID:
    """Money for an invoice, in minor units."""
    money, at = Money(minor, currency), Decimal(typed) if typed else None
    return payments.record_payment(
        story.owner, invoice_id, money, "cash", day or today(story), now=clock.now(), rate=at
    ).id
