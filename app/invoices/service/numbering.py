"""Numbers of documents, gapless in each series."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select

from app.auth.models import Business
from app.database import adding, transactional
from app.extensions import db
from app.invoices.models import Counter, CreditNote, Invoice
from app.invoices.rules import format_number, period_key


@transactional
def next_number(business: Business, issue_date: date, kind: str = "invoice") -> str:
    """Take the next number of a series: gapless, because the counter commits or rolls back with its document.

    `kind` is "invoice" or "credit_note"; each has its own pattern and counter.
    """
    pattern, taken = _series(kind, business)
    period = period_key(business.number_yearly, issue_date)
    one_more = {"business_id": business.id, "kind": kind, "period": period, "value": 1}
    while True:
        value = db.session.execute(_counting(db.engine.dialect.name), one_more).scalar_one()
        number = format_number(pattern, issue_date, value)
        if db.session.scalar(taken, {"business_id": business.id, "number": number}) is None:
            return number


def _series(kind: str, business: Business) -> tuple[str, Any]:
    if kind == "credit_note":
        return business.credit_note_pattern, _TAKEN[CreditNote]
    return business.number_pattern, _TAKEN[Invoice]


_TAKEN = {
    model: select(model.id).where(model.business_id == bindparam("business_id"), model.number == bindparam("number"))
    for model in (Invoice, CreditNote)
}


@cache
def _counting(_engine: str) -> Any:
    return adding(Counter, "value").returning(Counter.__table__.c.value)
