"""Rows on their way into one table, written past the ORM: `COPY` on PostgreSQL, one prepared statement on SQLite.

Values are as both databases take them: ids as 32 hex digits, moments, days and JSON as text, scaled decimals as whole
numbers. `wired` makes them of what a column type takes. Such rows are new ones that nobody has in hand: the session
does not watch over them, and whoever keeps something derived from them (totals) has to be told by the caller.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Column, Connection, Date, Uuid
from sqlalchemy.exc import DBAPIError

from app.database import Instant, OutsideTransaction, Scaled, in_transaction
from app.extensions import db

if TYPE_CHECKING:
    import psycopg

Row = tuple[Any, ...]
_COUNTED = 1 << 26


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows of one table, ready to be written: `constants` stand behind the values of every row."""

    table: str
    columns: tuple[str, ...]
    rows: list[Row]
    constants: Row

    def write(self, connection: Connection) -> None:
        """Put the rows into the table, in the transaction of this connection."""
        if connection.dialect.name == "postgresql":
            self._copy(connection.connection.driver_connection)  # type: ignore[arg-type]
            return
        names, marks = ", ".join(self.columns), ", ".join("?" * len(self.columns))
        rows = [(*row, *self.constants) for row in self.rows]
        # Names of our own tables and columns, never anything typed.
        connection.exec_driver_sql(f"INSERT INTO {self.table} ({names}) VALUES ({marks})", rows)  # noqa: S608

    def _copy(self, connection: psycopg.Connection[Any]) -> None:
        from psycopg import Error, sql

        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.table), names)
        try:
            with connection.cursor() as cursor:
                # Moments are written without their offset.
                cursor.execute("SET LOCAL TIME ZONE 'UTC'")
                with cursor.copy(statement) as copy:
                    for row in self.rows:
                        copy.write_row((*row, *self.constants))
        except Error as error:
            # As whatever goes through SQLAlchemy: a deadlock is tried again, a row refused is an IntegrityError.
            raise DBAPIError.instance(f"COPY {self.table}", None, error, Error) from error  # type: ignore[arg-type]


class Sheet:
    """The rows of one table in one business that wait to be written. `add` takes values in the order of `columns`.

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
        self.table, self.columns, self.constants = table.name, (*named, *filled), tuple(filled.values())
        self.rows: list[Row] = []
        self.add = self.rows.append

    def take(self) -> Filled:
        """What was added so far; the sheet is empty then."""
        filled = Filled(self.table, self.columns, self.rows, self.constants)
        self.rows = []
        self.add = self.rows.append
        return filled


def write(sheets: Iterable[Sheet]) -> None:
    """Put what was added to these into their tables, one after the other, in the open transaction of the session.

    Raises OutsideTransaction without one, and IntegrityError where the database refuses a row.
    """
    if not in_transaction():
        raise OutsideTransaction("rows in bulk outside @transactional")
    db.session.flush()
    connection = db.session.connection()
    for sheet in sheets:
        if (filled := sheet.take()).rows:
            filled.write(connection)


class Ids:
    """Ids (UUIDv7) of the moment it is made, as 32 hex digits, each after the one before."""

    def __init__(self) -> None:
        self._moment = f"{time.time_ns() // 1_000_000:012x}7"
        self._count = int.from_bytes(os.urandom(2), "big")

    def take(self, count: int) -> list[str]:
        """The next `count` of them."""
        first, noise = self._count, os.urandom(6 * count).hex()
        self._count = first + count
        if self._count >= _COUNTED:
            raise OverflowError("too many ids of one moment")
        moment = self._moment
        return [
            f"{moment}{(n := first + at) >> 14:03x}{0x8000 | n & 0x3FFF:04x}{noise[12 * at : 12 * at + 12]}"
            for at in range(count)
        ]


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


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    return default.arg(None) if default.is_callable else default.arg
