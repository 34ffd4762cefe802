"""Rows on their way into one table, written past the ORM: `COPY` on PostgreSQL, one prepared statement on SQLite.

Values are as both databases take them: ids as 32 hex digits, moments and JSON as text, scaled decimals as integers.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Column, Connection, Uuid

from app.database import Scaled

if TYPE_CHECKING:
    import psycopg

_SCALED = Scaled()


@dataclass(frozen=True, slots=True)
class Filled:
    """Rows of one table, ready to be written: `constants` stand behind the values of every row."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    constants: tuple[Any, ...]

    def write(self, connection: Connection) -> None:
        """Put the rows into the table, in the transaction of this connection."""
        rows = [(*row, *self.constants) for row in self.rows]
        if connection.dialect.name == "postgresql":
            self._copy(connection.connection.driver_connection, rows)  # type: ignore[arg-type]
            return
        names, marks = ", ".join(self.columns), ", ".join("?" * len(self.columns))
        # Names of our own tables and columns, never anything typed.
        connection.exec_driver_sql(f"INSERT INTO {self.table} ({names}) VALUES ({marks})", rows)  # noqa: S608

    def _copy(self, connection: psycopg.Connection[Any], rows: list[tuple[Any, ...]]) -> None:
        from psycopg import sql

        names = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.table), names)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)


class Sheet:
    """The rows of one table in one business that wait to be written. `add` takes values in the order of `columns`.

    Columns that are not named get the value that the model gives them.
    """

    def __init__(self, model: type[Any], columns: Iterable[str], business_id: uuid.UUID) -> None:
        table = model.__table__
        named = tuple(columns)
        filled = {"business_id": business_id.hex} if "business_id" in table.c else {}
        for column in table.columns:
            if column.name not in (*named, *filled) and column.default is not None:
                filled[column.name] = wired(column, _default(column))
        self.table, self.columns, self.constants = table.name, (*named, *filled), tuple(filled.values())
        self.rows: list[tuple[Any, ...]] = []
        self.add = self.rows.append

    def take(self) -> Filled:
        """What was added so far; the sheet is empty then."""
        filled = Filled(self.table, self.columns, self.rows, self.constants)
        self.rows = []
        self.add = self.rows.append
        return filled


def rest(model: type[Any], *named: str) -> tuple[str, ...]:
    """The columns of a table besides its business and those named, in their order."""
    return tuple(column.name for column in model.__table__.columns if column.name not in ("business_id", *named))


def values(row: Any, columns: Iterable[str]) -> tuple[Any, ...]:
    """Some columns of an object that is not stored yet, as `Sheet.add` takes them."""
    found = []
    for name in columns:
        column, value = row.__table__.c[name], getattr(row, name)
        value = _default(column) if value is None and column.default is not None else value
        found.append(wired(column, value))
    return tuple(found)


def wired(column: Column[Any], value: Any) -> Any:
    """A value of a column as both databases take it."""
    if value is None:
        return None
    if isinstance(column.type, Uuid):
        return value.hex
    if isinstance(column.type, Scaled):
        return _SCALED.process_bind_param(value, None)  # type: ignore[arg-type]
    if isinstance(column.type, JSON):
        return json.dumps(value)
    return value


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    return default.arg(None) if default.is_callable else default.arg
