"""Rows into PostgreSQL by `COPY`, without waiting: the server takes them in while the next ones are made.

There is no thread in this: whoever makes rows lets the copying go on now and then, which costs microseconds, and waits
only at the end. So the work of Python and that of the database share two processors.
"""

from __future__ import annotations

import select
from collections import deque
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import ExecStatus
from sqlalchemy.exc import DBAPIError

_FAILED = {ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE}


class Copier:
    """Copies blocks of rows over one connection, in its open transaction and in their order.

    Until `finish` has returned, the connection must not be used for anything else.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._wire = connection.pgconn
        self._waiting: deque[tuple[bytes, bytes]] = deque()
        self._block: bytes | None = None
        self._busy = False
        self._error: psycopg.Error | None = None

    def put(self, statement: bytes, block: bytes) -> None:
        """Hand over a COPY statement and its rows as text, and go on. Raises DBAPIError as `go_on` does."""
        self._waiting.append((statement, block))
        self.go_on()

    def go_on(self) -> None:
        """Send and hear as much as is possible without waiting.

        Raises DBAPIError where the database refused something; nothing further is copied then.
        """
        while self._step():
            pass
        if self._error is not None and not self._busy:
            error, self._error = self._error, None
            # As whatever goes through SQLAlchemy: a deadlock is tried again, a row refused is an IntegrityError.
            raise DBAPIError.instance("COPY", None, error, psycopg.Error) from error  # type: ignore[arg-type]

    def finish(self) -> None:
        """Wait until everything is written. Raises DBAPIError."""
        self.go_on()
        while self._busy or self._waiting:
            sends = [self._wire.socket] if self._wire.flush() else []
            select.select([self._wire.socket], sends, [])
            self.go_on()

    def give_up(self) -> None:
        """Leave the connection as it has to be for a rollback: what is under way ends, nothing else begins."""
        self._waiting.clear()
        try:
            self.finish()
        except (DBAPIError, psycopg.Error):
            return

    def _step(self) -> bool:
        """One move, if one can be made without waiting."""
        if not self._busy:
            if not self._waiting:
                return False
            statement, self._block = self._waiting.popleft()
            self._wire.send_query(statement)
            self._busy = True
        if self._wire.flush():
            self._wire.consume_input()
            return False
        self._wire.consume_input()
        if self._wire.is_busy():
            return False
        result = self._wire.get_result()
        if result is None:
            self._busy = False
        elif result.status == ExecStatus.COPY_IN:
            assert self._block is not None
            self._wire.put_copy_data(self._block)
            self._wire.put_copy_end()
            self._block = None
        elif result.status in _FAILED:
            self._error = self._error or errors.error_from_result(result)
            self._waiting.clear()
        return True
