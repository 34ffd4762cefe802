"""What an invoice counts into the totals: by due date under its stage, once issued also by issue date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, select

from app.invoices.models import Invoice
from app.invoices.rules import stage
from app.ledger.queries import TotalsSource
from app.ledger.rules import BASE_KINDS, Share
from app.statements import BUSINESS

NOT_BILLED = ("draft", "void")


def shares(invoice: Invoice) -> Iterator[Share]:
    """What one invoice adds; one that is not written yet may lack its figures."""
    total, balance = invoice.total_minor or 0, invoice.balance_minor or 0
    yield Share(stage(invoice.status, balance), invoice.currency, invoice.due_date, total, balance)
    if invoice.status in NOT_BILLED:
        return
    yield Share("issued", invoice.currency, invoice.issue_date, total)
    base, worth, left = invoice.base_currency, invoice.base_total_minor, invoice.base_balance_minor
    if base is not None and worth is not None and left is not None:
        yield Share(BASE_KINDS["issued"], base, invoice.issue_date, worth)
        if stage(invoice.status, balance) == "owed":
            yield Share(BASE_KINDS["owed"], base, invoice.due_date, worth, left)


def _recount() -> tuple[Select[Any], ...]:
    """All invoices of a business, added up by the database."""
    owed = and_(Invoice.status == "open", Invoice.balance_minor > 0)
    kind = case((owed, literal("owed")), (Invoice.status == "open", literal("paid")), else_=Invoice.status)
    total, balance = func.sum(Invoice.total_minor), func.sum(Invoice.balance_minor)
    staged = select(kind.label("kind"), Invoice.currency, Invoice.due_date.label("day"), func.count(), total, balance)
    issued = select(literal("issued"), Invoice.currency, Invoice.issue_date, func.count(), total, literal(0))
    mine = Invoice.business_id == BUSINESS
    base, worth, left = Invoice.base_currency, func.sum(Invoice.base_total_minor), func.sum(Invoice.base_balance_minor)
    valued = (base, Invoice.base_total_minor, Invoice.base_balance_minor)
    rated = (mine, Invoice.status.not_in(NOT_BILLED), *(one.is_not(None) for one in valued))
    base_issued = select(literal(BASE_KINDS["issued"]), base, Invoice.issue_date, func.count(), worth, literal(0))
    base_owed = select(literal(BASE_KINDS["owed"]), base, Invoice.due_date, func.count(), worth, left)
    return (
        staged.where(mine).group_by("kind", Invoice.currency, Invoice.due_date),
        issued.where(mine, Invoice.status.not_in(NOT_BILLED)).group_by(Invoice.currency, Invoice.issue_date),
        base_issued.where(*rated).group_by(base, Invoice.issue_date),
        base_owed.where(*rated, owed).group_by(base, Invoice.due_date),
    )


SOURCE = TotalsSource(Invoice, shares, _recount())
