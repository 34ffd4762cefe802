"""Balances as the journal proves them, in minor units; totals per day as the documents themselves come to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import CompoundSelect, Select, func, select, union_all

from app.extensions import db
from app.ledger.models import JournalLine
from app.ledger.rules import CLIENT_CREDIT, RECEIVABLE, Share


@dataclass(frozen=True, slots=True)
class DayTotalSource:
    """What counts into the totals per day, registered by the room that owns the model.

    `shares` reads one row; `recount` adds up all rows of a business: kind, currency, day, documents, total, balance.
    """

    model: type[Any]
    shares: Callable[[Any], Iterable[Share]]
    recount: Callable[[uuid.UUID], Sequence[Select[Any]]]


def day_total_sources() -> Sequence[DayTotalSource]:
    """Every registered source."""
    return current_app.extensions.get("duely_day_totals", ())


def recounted_day_totals(business_id: uuid.UUID) -> CompoundSelect[Any]:
    """The totals per day of a business, added up from the rows themselves."""
    return union_all(*(part for source in day_total_sources() for part in source.recount(business_id)))


def account_balances(business_id: uuid.UUID) -> dict[tuple[str, str], int]:
    """{(account, currency): balance} of every account that was ever posted to."""
    query = (
        select(JournalLine.account, JournalLine.currency, func.sum(JournalLine.amount_minor))
        .where(JournalLine.business_id == business_id)
        .group_by(JournalLine.account, JournalLine.currency)
    )
    return {(account, currency): int(total) for account, currency, total in db.session.execute(query)}


def invoice_receivables(business_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """What the journal says is owed on each invoice that was posted."""
    query = (
        select(JournalLine.invoice_id, func.sum(JournalLine.amount_minor))
        .where(JournalLine.business_id == business_id, JournalLine.account == RECEIVABLE)
        .group_by(JournalLine.invoice_id)
    )
    return {invoice_id: int(total) for invoice_id, total in db.session.execute(query)}


def client_balances(business_id: uuid.UUID, account: str) -> dict[tuple[uuid.UUID, str], int]:
    """{(client, currency): balance} of one account."""
    query = (
        select(JournalLine.client_id, JournalLine.currency, func.sum(JournalLine.amount_minor))
        .where(JournalLine.business_id == business_id, JournalLine.account == account)
        .group_by(JournalLine.client_id, JournalLine.currency)
    )
    return {(client_id, currency): int(total) for client_id, currency, total in db.session.execute(query)}


def client_balance(business_id: uuid.UUID, client_id: uuid.UUID) -> dict[str, int]:
    """{currency: what one client owes less their credit}."""
    query = (
        select(JournalLine.currency, func.sum(JournalLine.amount_minor))
        .where(JournalLine.business_id == business_id, JournalLine.client_id == client_id)
        .where(JournalLine.account.in_((RECEIVABLE, CLIENT_CREDIT)))
        .group_by(JournalLine.currency)
    )
    return {currency: int(total) for currency, total in db.session.execute(query)}
