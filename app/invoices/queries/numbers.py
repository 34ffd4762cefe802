"""The number that the next invoice would get."""

from __future__ import annotations

from datetime import date
from itertools import count

from sqlalchemy import select

from app.auth.models import Business
from app.extensions import db
from app.invoices.models import Counter, Invoice
from app.invoices.rules import format_number, period_key

SOME = 50
"""Numbers that are looked at together: imported invoices may have taken those that come next."""


def number_to_come(business: Business, issue_date: date) -> str:
    """What an invoice of this day would be numbered if it were the next one issued; taking none."""
    period = period_key(business.number_yearly, issue_date)
    mine = (Counter.business_id == business.id, Counter.kind == "invoice", Counter.period == period)
    last = int(db.session.scalar(select(Counter.value).where(*mine)) or 0)
    for start in count(last + 1, SOME):
        numbers = [format_number(business.number_pattern, issue_date, start + more) for more in range(SOME)]
        known = (Invoice.business_id == business.id, Invoice.number.in_(numbers))
        taken = set(db.session.scalars(select(Invoice.number).where(*known)))
        if free := next((one for one in numbers if one not in taken), None):
            return free
    raise AssertionError("numbers never end")
