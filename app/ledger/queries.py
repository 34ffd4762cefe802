"""Balances as the journal proves them, in minor units; totals as the documents themselves come to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, CompoundSelect, Date, Select, cast, func, literal, select, type_coerce, union_all
from sqlalchemy.orm import aliased

from app.auth.models import Person
from app.errors import NotFound
from app.extensions import db
from app.ledger.exchange import Quote, Rate
from app.ledger.models import ExchangeRate, JournalLine
from app.ledger.rules import CLIENT_CREDIT, RECEIVABLE, Share
from app.web.paging import Page, Walk, paginate


@dataclass(frozen=True, slots=True)
class TotalsSource:
    """What counts into the totals, registered by the room that owns the model.

    `shares` reads one row; `recount` adds up all rows of a business (the parameter `business_id`) by day: kind,
    currency, day, documents, total, balance.
    """

    model: type[Any]
    shares: Callable[[Any], Iterable[Share]]
    recount: tuple[Select[Any], ...]


def totals_sources() -> tuple[TotalsSource, ...]:
    """Every registered source."""
    return current_app.extensions.get("duely_totals", ())


def recounted_totals() -> CompoundSelect[Any]:
    """The totals of a business (the parameter `business_id`) added up from the rows themselves: span, kind, currency,
    day, and the three figures."""
    return _added_up(totals_sources(), db.engine.dialect.name)


@cache
def _added_up(sources: tuple[TotalsSource, ...], dialect: str) -> CompoundSelect[Any]:
    counted = union_all(*(part for source in sources for part in source.recount))
    days = counted.cte("days")
    kind, currency, day, *figures = days.c
    month = month_of(day, dialect).label("day")
    by_month = select(literal("month"), kind, currency, month, *map(func.sum, figures))
    return union_all(select(literal("day").label("span"), *days.c), by_month.group_by(kind, currency, month))


def month_of(day: ColumnElement[date], dialect: str) -> ColumnElement[date]:
    """The first day of the month that a date column lies in, in the words of the database of that name."""
    if dialect == "postgresql":
        return cast(func.date_trunc("month", day), Date)
    return type_coerce(func.date(day, "start of month"), Date)


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


def find_quote(business_id: uuid.UUID, currency: str, base: str, on: date) -> Quote | None:
    """The rate of the business's table that holds on a day, None when there is none yet or none is needed."""
    if currency == base:
        return None
    mine = (ExchangeRate.business_id == business_id, ExchangeRate.currency == currency)
    query = (
        select(ExchangeRate.rate, ExchangeRate.valid_from)
        .where(*mine, ExchangeRate.base_currency == base, ExchangeRate.valid_from <= on)
        .order_by(ExchangeRate.valid_from.desc(), ExchangeRate.id.desc())
        .limit(1)
    )
    row = db.session.execute(query).first()
    return Quote(Rate(currency, base, row.rate), "table", row.valid_from) if row else None


def list_rates(business_id: uuid.UUID, base: str, cursor: str | Walk | None) -> Page[Any]:
    """A page of the rates that stand, the newest day first: each row with the name of who wrote it down."""
    newer = aliased(ExchangeRate)
    replaced = select(newer.id).where(
        newer.business_id == ExchangeRate.business_id,
        newer.currency == ExchangeRate.currency,
        newer.base_currency == ExchangeRate.base_currency,
        newer.valid_from == ExchangeRate.valid_from,
        newer.id > ExchangeRate.id,
    )
    columns = (ExchangeRate.id, ExchangeRate.currency, ExchangeRate.base_currency, ExchangeRate.rate)
    query = (
        select(*columns, ExchangeRate.valid_from, ExchangeRate.created_at, Person.name.label("who"))
        .outerjoin(Person, Person.id == ExchangeRate.created_by)
        .where(ExchangeRate.business_id == business_id, ExchangeRate.base_currency == base, ~replaced.exists())
    )
    order = (ExchangeRate.valid_from.desc(), ExchangeRate.id.desc())
    return paginate(query, order, cursor, scope=(business_id, "rates", base))


def rates_before(row: ExchangeRate) -> list[ExchangeRate]:
    """What a rate was before it was corrected, the newest first."""
    mine = (ExchangeRate.business_id == row.business_id, ExchangeRate.currency == row.currency)
    same = (ExchangeRate.base_currency == row.base_currency, ExchangeRate.valid_from == row.valid_from)
    query = select(ExchangeRate).where(*mine, *same, ExchangeRate.id < row.id)
    return list(db.session.scalars(query.order_by(ExchangeRate.id.desc())))


def rate_of_day(business_id: uuid.UUID, currency: str, base: str, day: date) -> ExchangeRate | None:
    """The rate that stands for exactly that day, the newest of its corrections, or None."""
    mine = (ExchangeRate.business_id == business_id, ExchangeRate.currency == currency)
    query = select(ExchangeRate).where(*mine, ExchangeRate.base_currency == base, ExchangeRate.valid_from == day)
    return db.session.scalar(query.order_by(ExchangeRate.id.desc()).limit(1))


def get_rate(business_id: uuid.UUID, rate_id: uuid.UUID) -> ExchangeRate:
    """A row of the table of rates, corrected since or not. Raises NotFound."""
    found = db.session.get(ExchangeRate, (business_id, rate_id))
    if found is None:
        raise NotFound
    return found
