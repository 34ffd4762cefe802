"""Rows on their way into one table, written past the ORM: `COPY` on PostgreSQL, one prepared statement on SQLite.

Values are as both databases take them: ids as 32 hex digits, moments, days and JSON as text, scaled decimals as whole
numbers. `wired` makes them of what a column type takes. Such rows are new ones that nobody has in hand: the session
does not watch over them, and whoever keeps something derived from them (totals) has to be told by the caller.
"""

from __future__ import annotations

import gc
import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import JSON, Column, Connection, Date, Uuid

from app.database import Instant, OutsideTransaction, Scaled, in_transaction
from app.extensions import db

if TYPE_CHECKING:
    from app.copying import Copier

Row = tuple[Any, ...]
SLICE, LOOK = 250, 10
"""How many things are handed to the database at a time, and after how many it is looked whether it wants for work."""
_COUNTED = 1 << 26
_BLOCK = 1024
_MANY = 500
"""Rows from which on it is worth while to have foreign keys looked up by a plan that suits many."""
_MOMENTS = "SET LOCAL TIME ZONE 'UTC'"
# The server keeps one plan for each foreign key. One made while the table was small reads through all of it, for every
# row that is added, until somebody counts the table again.
_BY_KEY = "SET LOCAL enable_seqscan = off; DISCARD PLANS"
_AS_USUAL = "SET LOCAL enable_seqscan TO DEFAULT"


class Tail(NamedTuple):
    """Values that end many rows: as they are, and as COPY takes them."""

    values: Row
    text: str


def tail(values: Row) -> Tail:
    """Values that end many rows, written out once."""
    return Tail(values, "".join(f"\t{_text(value)}" for value in values))


NOTHING = Tail((), "")


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows of one table, ready to be written: `constants` stand behind the values of every row."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Row, Tail]]
    constants: Tail

    def write(self, connection: Connection) -> None:
        """Put the rows into the table, in the transaction of this connection."""
        with _press(connection) as press:
            press.put_filled([self])

    def insert(self, connection: Connection) -> None:
        """The same by one statement that is prepared once."""
        names, marks = ", ".join(self.columns), ", ".join("?" * len(self.columns))
        constants = self.constants.values
        rows = [(*own, *more.values, *constants) for own, more in self.rows]
        # Names of our own tables and columns, never anything typed.
        connection.exec_driver_sql(f"INSERT INTO {self.table} ({names}) VALUES ({marks})", rows)  # noqa: S608

    def copied(self) -> tuple[bytes, bytes]:
        """The same as COPY takes it: the statement, and the rows as text."""
        names, end = ", ".join(f'"{name}"' for name in self.columns), self.constants.text + "\n"
        rows = "".join(["\t".join(map(_text, own)) + more.text + end for own, more in self.rows])
        return f'COPY "{self.table}" ({names}) FROM STDIN'.encode(), rows.encode()


class Sheet:
    """The rows of one table in one business that wait to be written.

    All rows have the values of `same`; columns that are named in neither get the value that the model gives them.
    """

    def __init__(self, model: type[Any], columns: Iterable[str], business_id: uuid.UUID, **same: Any) -> None:
        table = model.__table__
        named = tuple(columns)
        filled = {name: wired(table.c[name], value) for name, value in same.items()}
        if "business_id" in table.c:
            filled["business_id"] = business_id.hex
        for column in table.columns:
            if column.name not in (*named, *filled) and column.default is not None:
                filled[column.name] = wired(column, _default(column))
        self.table, self.columns, self.constants = table.name, (*named, *filled), tail(tuple(filled.values()))
        self.rows: list[tuple[Row, Tail]] = []

    def add(self, own: Row, more: Tail = NOTHING) -> None:
        """One more row: values in the order of the columns, the last of them perhaps from a tail."""
        self.rows.append((own, more))

    def take(self) -> Filled:
        """What was added so far; the sheet is empty then."""
        filled = Filled(self.table, self.columns, self.rows, self.constants)
        self.rows = []
        return filled


class Press:
    """Writes sheets over one connection. On PostgreSQL that goes on while more is put on them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._copier: Copier | None = None
        self._planned = False
        if connection.dialect.name == "postgresql":
            from app.copying import Copier

            connection.exec_driver_sql(_MOMENTS)
            self._copier = Copier(connection.connection.driver_connection)  # type: ignore[arg-type]

    def put(self, sheets: Iterable[Sheet]) -> None:
        """Take what was added to these, and write it into their tables one after the other. Raises DBAPIError."""
        self.put_filled([sheet.take() for sheet in sheets])

    def put_filled(self, sheets: Sequence[Filled]) -> None:
        """The same of sheets that were taken."""
        if self._copier is None:
            for one in sheets:
                if one.rows:
                    one.insert(self._connection)
            return
        if not self._planned and sum(len(one.rows) for one in sheets) >= _MANY:
            self._copier.finish()
            self._connection.exec_driver_sql(_BY_KEY)
            self._planned = True
        for one in sheets:
            if one.rows:
                self._copier.put(*one.copied())

    def now_and_then(self, place: int, sheets: Iterable[Sheet]) -> None:
        """After each of many things, counted from 1: take what was added where that is enough, and let the database go
        on without waiting for it. Raises DBAPIError."""
        if place % SLICE == 0:
            self.put(sheets)
        elif place % LOOK == 0 and self._copier is not None:
            self._copier.go_on()

    def finish(self) -> None:
        """Wait until everything is written. Raises DBAPIError."""
        if self._copier is not None:
            self._copier.finish()
        if self._planned:
            self._connection.exec_driver_sql(_AS_USUAL)

    def give_up(self) -> None:
        """Leave the connection so that it can be rolled back."""
        if self._copier is not None:
            self._copier.give_up()


@contextmanager
def uncollected() -> Iterator[None]:
    """While rows are made by the thousand nobody looks for circles among them: a fifth of the time goes into that."""
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()


@contextmanager
def press() -> Iterator[Press]:
    """Writes in the open transaction of the session, which must not be used meanwhile; at the end all is written.

    Raises OutsideTransaction without a transaction, IntegrityError where the database refuses a row.
    """
    if not in_transaction():
        raise OutsideTransaction("rows in bulk outside @transactional")
    db.session.flush()
    with _press(db.session.connection()) as made:
        yield made


@contextmanager
def _press(connection: Connection) -> Iterator[Press]:
    made = Press(connection)
    try:
        yield made
        made.finish()
    except BaseException:
        made.give_up()
        raise


def write(sheets: Iterable[Sheet]) -> None:
    """Put what was added to these into their tables, in the open transaction. Raises as `press` does."""
    with press() as made:
        made.put(sheets)


def ids() -> Iterator[str]:
    """Ids (UUIDv7) of this moment, as 32 hex digits, each after the one before."""
    moment = f"{time.time_ns() // 1_000_000:012x}7"
    first = int.from_bytes(os.urandom(2), "big")
    for begin in range(first, _COUNTED, _BLOCK):
        noise = os.urandom(6 * _BLOCK).hex()
        for at in range(_BLOCK):
            n = begin + at
            yield f"{moment}{n >> 14:03x}{0x8000 | n & 0x3FFF:04x}{noise[12 * at : 12 * at + 12]}"


def hyphened(text: str) -> str:
    """An id of 32 hex digits as it stands in sentences, addresses and JSON."""
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def rest(model: type[Any], *named: str) -> tuple[str, ...]:
    """The columns of a table besides its business and those named, in their order."""
    return tuple(column.name for column in model.__table__.columns if column.name not in ("business_id", *named))


def values(row: Any, columns: Iterable[str]) -> Row:
    """Some columns of an object that is not stored yet, as `Sheet.add` takes them."""
    found = []
    for name in columns:
        column, value = row.__table__.c[name], getattr(row, name)
        value = _default(column) if value is None and column.default is not None else value
        found.append(wired(column, value))
    return tuple(found)


def wired(column: Column[Any], value: Any) -> Any:
    """A value of a column as both databases take it. Raises ValueError for what the column's type does not take."""
    kind = column.type
    if value is None:
        return None
    if isinstance(kind, Uuid):
        return value.hex
    if isinstance(kind, Scaled):
        return kind.process_bind_param(value, None)  # type: ignore[arg-type]
    if isinstance(kind, Instant):
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(kind, JSON):
        return json.dumps(value)
    if isinstance(kind, Date):
        return value.isoformat()
    return value


def _text(value: Any) -> str:
    """A wired value as COPY takes it."""
    if value.__class__ is str:
        if value.isprintable() and "\\" not in value:
            return value  # type: ignore[no-any-return]
        return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")  # type: ignore[no-any-return]
    if value is None:
        return "\\N"
    return str(value)


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    return default.arg(None) if default.is_callable else default.arg
