"""What an invoice counts into the totals: by due date under its stage, once issued also by issue date."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select

from app.invoices.models import Invoice
from app.invoices.rules import stage
from app.ledger.queries import TotalsSource
from app.ledger.rules import Share

NOT_BILLED = ("draft", "void")


def shares(invoice: Invoice) -> Iterator[Share]:
    """What one invoice adds; one that is not written yet may lack its figures."""
    total, balance = invoice.total_minor or 0, invoice.balance_minor or 0
    yield Share(stage(invoice.status, balance), invoice.currency, invoice.due_date, total, balance)
    if invoice.status not in NOT_BILLED:
        yield Share("issued", invoice.currency, invoice.issue_date, total)


def recount(business_id: uuid.UUID) -> tuple[Select[Any], Select[Any]]:
    """All invoices of a business, added up by the database."""
    owed = and_(Invoice.status == "open", Invoice.balance_minor > 0)
    kind = case((owed, literal("owed")), (Invoice.status == "open", literal("paid")), else_=Invoice.status)
    total, balance = func.sum(Invoice.total_minor), func.sum(Invoice.balance_minor)
    staged = select(kind.label("kind"), Invoice.currency, Invoice.due_date.label("day"), func.count(), total, balance)
    issued = select(literal("issued"), Invoice.currency, Invoice.issue_date, func.count(), total, literal(0))
    mine = Invoice.business_id == business_id
    return (
        staged.where(mine).group_by("kind", Invoice.currency, Invoice.due_date),
        issued.where(mine, Invoice.status.not_in(NOT_BILLED)).group_by(Invoice.currency, Invoice.issue_date),
    )


SOURCE = TotalsSource(Invoice, shares, recount)
