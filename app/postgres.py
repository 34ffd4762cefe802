"""What our pages want of PostgreSQL's driver: no more work for an answer than its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from psycopg import Cursor


class _Columns(Sequence[Any]):
    """What a result's columns are called and of what type they are, looked up when somebody asks."""

    def __init__(self, cursor: AnswerCursor) -> None:
        self._cursor = cursor

    @cached_property
    def _all(self) -> Sequence[Any]:
        return Cursor.description.fget(self._cursor) or ()  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, place: Any) -> Any:
        return self._all[place]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._all)


class AnswerCursor(Cursor[Any]):
    """A cursor that describes its columns only to those who want to know.

    SQLAlchemy asks for the description of each answer, but reads it the first time it sees a statement only.
    """

    @property
    def description(self) -> Any:
        """As the DB-API has it (PEP 249): a sequence of columns, or None when there is no result to fetch."""
        result = self.pgresult
        return _Columns(self) if result and result.nfields else None
