"""Reading the journal of one business in a period: its control totals, a page of entries, or all of them as a file."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from sqlalchemy import Connection, Engine, Row, Select, and_, case, func, select

from app.clients.models import Client
from app.extensions import db
from app.invoices.models import Invoice
from app.ledger.models import JournalEntry, JournalLine
from app.reports import beancount, journal_csv
from app.reports.books import AccountTotal, Entry, Side, Title, Totals
from app.reports.periods import Period
from app.web.paging import Page, paginate

BATCH = 500
"""Rows that are held at once, however many there are."""
CHUNK = 32 * 1024
"""Characters that are sent at once."""
SMALL = 256 * 1024
"""Bytes of a file that need no place on the disk."""
NEWEST = (JournalEntry.on_date.desc(), JournalEntry.id.desc())
FORMATS: dict[str, Callable[[Title, Iterable[Entry], Totals], Iterator[str]]] = {
    "csv": journal_csv.table,
    "beancount": beancount.ledger,
}

_SAME_ENTRY = and_(JournalLine.business_id == JournalEntry.business_id, JournalLine.entry_id == JournalEntry.id)
_SAME_INVOICE = and_(Invoice.business_id == JournalLine.business_id, Invoice.id == JournalLine.invoice_id)
_SAME_CLIENT = and_(Client.business_id == JournalLine.business_id, Client.id == JournalLine.client_id)


def control_totals(business_id: uuid.UUID, period: Period) -> Totals:
    """What the entries of a period come to, per currency and account."""
    return _totals(db.session.connection(), business_id, period)


def list_entries(business_id: uuid.UUID, period: Period, cursor: str | None) -> Page[Entry]:
    """Entries of a period with their sides, the newest first."""
    wanted = select(JournalEntry.id).where(*_within(business_id, period))
    page = paginate(wanted, NEWEST, cursor, scope=(business_id, "journal", period.first, period.last))
    rows = db.session.execute(_sides(business_id).where(JournalEntry.id.in_(page.items)).order_by(*_in_order()))
    return Page(list(_entries(rows))[::-1], page.next, page.previous)


def exported(engine: Engine, title: Title, form: str) -> Generator[bytes, None, None]:
    """A file in one of FORMATS, in pieces; nothing is read before the first is wanted, and few rows are held at once.

    Rows and totals are of one snapshot. Whatever is left of it is given back when the iterator ends or is closed.
    """
    with _snapshot(engine) as connection, _streamed(connection, title.business_id, title.period) as entries:
        totals = _totals(connection, title.business_id, title.period)
        yield from _chunks(FORMATS[form](title, entries, totals))


def spooled(engine: Engine, title: Title, form: str, folder: Path) -> IO[bytes]:
    """The same file, whole and at its beginning; a large one lies in `folder`, without a name, until it is closed.

    The snapshot is given back before this returns: nobody who reads slowly keeps the database waiting.
    """
    file: IO[bytes] = SpooledTemporaryFile(SMALL, dir=folder)  # noqa: SIM115  (whoever sends it closes it)
    try:
        with closing(exported(engine, title, form)) as pieces:
            for piece in pieces:
                file.write(piece)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """One picture of the database, however long it is looked at and whatever is written meanwhile.

    It has a connection of its own and needs no application context: rows may stream out after their request has ended.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _within(business_id: uuid.UUID, period: Period) -> tuple[Any, ...]:
    return JournalEntry.business_id == business_id, JournalEntry.on_date.between(period.first, period.last)


def _totals(connection: Connection, business_id: uuid.UUID, period: Period) -> Totals:
    joined = and_(_SAME_ENTRY, JournalEntry.business_id == business_id)
    counted = (
        select(JournalLine.currency, func.count(JournalEntry.id.distinct()))
        .join(JournalEntry, joined)
        .where(*_within(business_id, period))
        .group_by(JournalLine.currency)
    )
    entries = {currency: int(many) for currency, many in connection.execute(counted)}
    own = _accounts(connection, _moved(business_id, period, JournalLine.currency, JournalLine.amount_minor))
    worth = _moved(business_id, period, JournalLine.base_currency, JournalLine.base_minor)
    return Totals(entries, own, _accounts(connection, worth.where(JournalLine.base_minor.is_not(None))))


def _accounts(connection: Connection, query: Select[Any]) -> tuple[AccountTotal, ...]:
    accounts = (AccountTotal(row[0], row.account, *map(int, row[2:])) for row in connection.execute(query))
    shown = (one for one in accounts if one.lines or one.opening)
    return tuple(sorted(shown, key=lambda one: (one.currency, one.account)))


def left_out(business_id: uuid.UUID, period: Period, base: str) -> int:
    """How many entries of a period are in another currency than `base` and, in part at least, have no rate to it."""
    query = (
        select(func.count(JournalEntry.id.distinct()))
        .join(JournalLine, _SAME_ENTRY)
        .where(*_within(business_id, period), JournalLine.business_id == business_id, JournalLine.amount_minor != 0)
        .where(JournalLine.currency != base, JournalLine.base_currency.is_distinct_from(base))
    )
    return db.session.scalar(query) or 0


def _moved(business_id: uuid.UUID, period: Period, currency: Any, amount: Any) -> Select[Any]:
    """For each currency and account: lines in the period, what stood before it, debits and credits in it."""
    within = JournalEntry.on_date >= period.first

    def total(condition: Any, figure: Any) -> Any:
        return func.sum(case((condition, figure), else_=0))

    return (
        select(
            currency,
            JournalLine.account,
            total(within, 1),
            total(~within, amount),
            total(and_(within, amount > 0), amount),
            total(and_(within, amount < 0), -amount),
        )
        .join(JournalEntry, _SAME_ENTRY)
        .where(JournalLine.business_id == business_id, JournalEntry.on_date <= period.last)
        .group_by(currency, JournalLine.account)
    )


@contextmanager
def _streamed(connection: Connection, business_id: uuid.UUID, period: Period) -> Iterator[Iterator[Entry]]:
    """Entries in the order of their dates as they come, never all of them at once."""
    query = _sides(business_id).where(*_within(business_id, period)).order_by(*_in_order())
    with connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
        yield _entries(rows)


def _sides(business_id: uuid.UUID) -> Select[Any]:
    entry, line = JournalEntry, JournalLine
    facts = (entry.id, entry.on_date, entry.kind, entry.source_kind, entry.source_id, entry.memo)
    return (
        select(*facts, line.account, line.currency, line.amount_minor, Invoice.number, Client.name)
        .add_columns(line.base_currency, line.base_minor)
        .join(line, _SAME_ENTRY)
        .outerjoin(Invoice, _SAME_INVOICE)
        .outerjoin(Client, _SAME_CLIENT)
        .where(entry.business_id == business_id)
    )


def _in_order() -> tuple[Any, ...]:
    return JournalEntry.on_date, JournalEntry.id, JournalLine.id


def _entries(rows: Iterable[Row[Any]]) -> Iterator[Entry]:
    for facts, lines in groupby(rows, key=lambda row: row[:6]):
        yield Entry(*facts, tuple(map(_side, lines)))


def _side(line: Row[Any]) -> Side:
    worth = (line.base_currency or "", line.base_minor)
    return Side(line.account, line.currency, line.amount_minor, line.number or "", line.name or "", *worth)


def _chunks(pieces: Iterable[str]) -> Iterator[bytes]:
    held, length = [], 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        if length >= CHUNK:
            yield "".join(held).encode()
            held, length = [], 0
    yield "".join(held).encode()
